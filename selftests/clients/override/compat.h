/* SPDX-License-Identifier: GPL-2.0 */
/* All kernel-version differences of kspan_override. */
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

/* The same, with the added bytes zeroed. */
static inline void *kvresize_zeroed(const void *p, size_t old_size, size_t size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return kvrealloc(p, size, GFP_KERNEL | __GFP_ZERO);
#else
	return kvrealloc(p, old_size, size, GFP_KERNEL | __GFP_ZERO);
#endif
}

/* Bytes a caller may dirty before a zeroing resize: newer kernels zero only from @size on. */
static inline size_t dirty_bytes(const void *p, size_t size)
{
	return LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) ? size : ksize(p);
}

static inline void free_atomically(const void *p)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
	kvfree_atomic(p);
#else
	kvfree(p);
#endif
}

#endif /* _KSPAN_OVERRIDE_COMPAT_H */
