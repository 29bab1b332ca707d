/* SPDX-License-Identifier: GPL-2.0 */
/*
 * debugfs: figures of heaps, segments and regions, the limits of heaps, and the file "trim".
 */
#ifndef _KSPAN_DEBUGFS_H
#define _KSPAN_DEBUGFS_H

struct kspan_heap;

void debugfs_start(void);
void debugfs_stop(void);
void debugfs_add_heap(struct kspan_heap *heap);
void debugfs_remove_heap(struct kspan_heap *heap);

#endif /* _KSPAN_DEBUGFS_H */
