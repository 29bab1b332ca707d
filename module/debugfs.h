/* SPDX-License-Identifier: GPL-2.0 */
/*
 * debugfs: read-only views of everything, and the trim file. Beside the layers.
 */
#ifndef _KSPAN_DEBUGFS_H
#define _KSPAN_DEBUGFS_H

void debugfs_start(void);
void debugfs_stop(void);

#endif /* _KSPAN_DEBUGFS_H */
