/* SPDX-License-Identifier: GPL-2.0 */
/*
 * object: what happens to an object's memory when it changes hands: zeroing, and what KASAN and
 * kmemleak are told. Inline, no locks; on a kernel without those instruments only the zeroing is
 * left.
 */
#ifndef _KSPAN_OBJECT_H
#define _KSPAN_OBJECT_H

#include <linux/string.h>
#include "pages/mspan.h"

/**
 * object_alloc() - make an object ready for its new owner
 * @obj: its address, with OBJ_FRESH
 * @usable: bytes it has
 * @size: bytes that were asked for
 * @gfp: as given by the caller
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
		kasan_poison_range(p, usable);
		kasan_unpoison_object(p, size);
	}
	if (IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) && may_lock())
		kmemleak_alloc(p, usable, 1, gfp);	/* all of it may come to be used */
	return p;
}

/**
 * object_free() - zero (if asked) and poison a freed object
 * @p: the object, found to be one
 * @usable: bytes it has
 * @zero: whether to overwrite it
 */
static __always_inline void object_free(void *p, size_t usable, bool zero)
{
	if (IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) && may_lock())
		kmemleak_free(p);
	if (zero) {
		kasan_unpoison_object(p, usable);
		memset(p, 0, usable);
	}
	kasan_poison_range(p, usable);
}

#endif /* _KSPAN_OBJECT_H */
