/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan's ABI stamp - what clients compile in: the table of size classes, flags, structures.
 *
 * Each header ends with the sum of what it declares of that, as the compiler sees it. abi_stamp.h
 * has the sums of this version and the name of a symbol that is made from them. kspan.ko exports
 * that symbol, and each client refers to it, so a client that was compiled with other sums does not
 * load: the kernel logs the symbol that it lacks. Where a header and its sum disagree, nothing
 * compiles. "make abi" writes abi_stamp.h anew; the README beside this file says which changes need
 * it. Comments, new functions, new flags do not.
 */
#ifndef _KSPAN_ABI_H
#define _KSPAN_ABI_H

#include <linux/build_bug.h>
#include <linux/init.h>
#include <linux/stddef.h>
#include <linux/types.h>

/*
 * Raised where a client that was compiled before would do wrong though no sum tells: where the
 * contract of an inline function changes, or the parameters of an exported one.
 */
#define KSPAN_ABI		1

/* Distinct factors: values that trade places change a sum. They wrap around. */
#define KSPAN_ABI_FACTOR(n)	((n) * 0x9e3779b97f4a7c15ULL ^ (n) * (n) * 0xc2b2ae3d27d4eb4fULL)

/* Part of a sum: a value. @n: unique in its header, and never given to another value. */
#define KSPAN_ABI_VALUE(n, value)	(((u64)(value) + 1) * KSPAN_ABI_FACTOR((n) + 1ULL))

/* A structure, and its fields. */
#define KSPAN_ABI_SIZE(n, type)		KSPAN_ABI_VALUE(n, sizeof(type))
#define KSPAN_ABI_FIELD(n, type, field) \
	KSPAN_ABI_VALUE(n, offsetof(type, field) << 16 | sizeof(((type *)0)->field))

/*
 * A size class: its size, its pages, and the class of the first constant size beyond it. That no
 * size gets a class that is too small is what must hold; to look at each size would take long.
 */
#define KSPAN_ABI_CLASS(size, pages) \
	+ KSPAN_ABI_VALUE((size) * 256ULL + (pages), KSPAN_SIZE_CLASS((size) + 1))

/* At the end of a header; not where mkabi.c is about to find out the sums. */
#ifdef KSPAN_MAKING_ABI
#define KSPAN_ABI_CHECK(header)
#else
#include <kspan/abi_stamp.h>
#define KSPAN_ABI_CHECK(header) \
	static_assert(KSPAN_ABI_SUM_##header >> 32 == KSPAN_ABI_STAMP_##header, \
		      "the ABI of kspan changed, abi_stamp.h did not: see include/kspan/README.md")

extern const char KSPAN_ABI_SYMBOL[];

/* For the symbol's sake alone: it goes when the module is initialized. kspan.ko needs none. */
#ifndef KSPAN_ITSELF
static const void *const __kspan_abi __used __initconst = KSPAN_ABI_SYMBOL;
#endif
#endif

#endif /* _KSPAN_ABI_H */
