/* SPDX-License-Identifier: GPL-2.0 */
/*
 * debugfs: read-only views of everything, the limits and the trim file. Beside the layers.
 */
#ifndef _KSPAN_DEBUGFS_H
#define _KSPAN_DEBUGFS_H

#include <linux/types.h>

struct dentry;
struct kspan_heap;
struct seq_file;

void debugfs_start(void);
void debugfs_stop(void);
void debugfs_value(struct seq_file *m, const char *name, u64 value);

void debugfs_start_heaps(struct dentry *root);
void debugfs_add_heap(struct kspan_heap *heap);
void debugfs_remove_heap(struct kspan_heap *heap);

#endif /* _KSPAN_DEBUGFS_H */
