/* SPDX-License-Identifier: GPL-2.0 */
/*
 * profile_files: the allocation profile in debugfs. No locks.
 */
#ifndef _KSPAN_PROFILE_FILES_H
#define _KSPAN_PROFILE_FILES_H

#include <linux/fs.h>

extern const struct file_operations profile_fops, profile_total_fops, profile_pprof_fops;

#endif /* _KSPAN_PROFILE_FILES_H */
