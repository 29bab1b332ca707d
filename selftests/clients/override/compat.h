/* SPDX-License-Identifier: GPL-2.0 */
/* The difference between kernel versions that kspan_override meets. */
#ifndef _KSPAN_OVERRIDE_COMPAT_H
#define _KSPAN_OVERRIDE_COMPAT_H

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/version.h>

static inline void *kvresize(const void *p, size_t old_size, size_t size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return kvrealloc(p, size, GFP_KERNEL);
#else
	return kvrealloc(p, old_size, size, GFP_KERNEL);
#endif
}

#endif /* _KSPAN_OVERRIDE_COMPAT_H */
