/* SPDX-License-Identifier: GPL-2.0 */
/*
 * object: prepares an object's memory at allocation and free: zeroes it, and informs KASAN and
 * kmemleak. Inline, no locks; on a kernel without those tools only the zeroing is left.
 */
#ifndef _KSPAN_OBJECT_H
#define _KSPAN_OBJECT_H

#include <linux/string.h>
#include "pages/mspan.h"

/* Up to this many bytes stores are faster than a string instruction, which is slow to begin. */
#define CLEAR_BY_STORES		512

/*
 * Zero an object of at most CLEAR_BY_STORES bytes, the size of a class. The last stores may overlap
 * the others. WRITE_ONCE(), or the compiler makes it a call of memset().
 */
static __always_inline void object_clear_by_stores(void *p, unsigned int bytes)
{
	u64 *word = p, *last = p + bytes;

	if (likely(bytes >= 4 * sizeof(u64))) {
		for (last -= 4; word < last; word += 4) {
			WRITE_ONCE(word[0], 0);
			WRITE_ONCE(word[1], 0);
			WRITE_ONCE(word[2], 0);
			WRITE_ONCE(word[3], 0);
		}
		WRITE_ONCE(last[0], 0);
		WRITE_ONCE(last[1], 0);
		WRITE_ONCE(last[2], 0);
		WRITE_ONCE(last[3], 0);
		return;
	}
	WRITE_ONCE(word[0], 0);
	WRITE_ONCE(last[-1], 0);
	if (bytes > 2 * sizeof(u64))
		WRITE_ONCE(word[1], 0);
}

/**
 * object_clear() - zero an object
 * @p: the object
 * @bytes: the size of a class
 */
static __always_inline void object_clear(void *p, unsigned int bytes)
{
	if (likely(bytes <= CLEAR_BY_STORES))
		object_clear_by_stores(p, bytes);
	else
		memset(p, 0, bytes);
}

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
