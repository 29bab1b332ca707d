/* SPDX-License-Identifier: GPL-2.0 */
/*
 * object: prepares an object's memory at allocation and free: zeroes it, and informs KASAN and
 * kmemleak. Inline, no locks; on a kernel without those tools only the zeroing is left.
 */
#ifndef _KSPAN_OBJECT_H
#define _KSPAN_OBJECT_H

#include <linux/string.h>
#include "pages/mspan.h"

/**
 * object_alloc() - make an object ready for its new owner
 * @obj: its address, with OBJ_FRESH
 * @usable: its usable bytes
 * @size: bytes requested
 * @gfp: the caller's flags
 *
 * Return: the object.
 */
static __always_inline void *object_alloc(unsigned long obj, size_t usable, size_t size, gfp_t gfp)
{
	void *p = (void *)(obj & ~OBJ_FRESH);

	kasan_unpoison_object(p, usable);
	if (want_init_on_alloc(gfp) && !(obj & OBJ_FRESH))
		memset(p, 0, usable);
	if (KSPAN_KASAN && size < usable) {
		kasan_poison_red(p, usable);
		kasan_unpoison_object(p, size);
	}
	tell_kmemleak(p, usable, gfp);		/* the client may use all of it */
	return p;
}

/* Zero (if asked) and poison freed memory, of an object or behind one that is made smaller. */
static __always_inline void object_wipe(void *p, size_t bytes, bool zero)
{
	if (zero) {
		kasan_unpoison_object(p, bytes);
		memset(p, 0, bytes);
	}
	kasan_poison_range(p, bytes);
}

/**
 * object_free() - zero (if asked) and poison a freed object
 * @p: the object; the caller has validated the pointer
 * @usable: its usable bytes
 * @zero: whether to zero it
 */
static __always_inline void object_free(void *p, size_t usable, bool zero)
{
	if (IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) && may_lock())
		kmemleak_free(p);
	object_wipe(p, usable, zero);
}

#endif /* _KSPAN_OBJECT_H */
