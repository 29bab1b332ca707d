/* SPDX-License-Identifier: GPL-2.0 */
/*
 * map: what each page of each segment is used for. Takes mheap.lock.
 */
#ifndef _KSPAN_MAP_H
#define _KSPAN_MAP_H

#include <linux/fs.h>

extern const struct file_operations map_fops;

#endif /* _KSPAN_MAP_H */
