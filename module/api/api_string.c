// SPDX-License-Identifier: GPL-2.0
/*
 * api_string: the exported functions of include/kspan/string.h, documented there. No locks.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/uaccess.h>
#include <kspan/string.h>
#include "api/api.h"
#include "heap/alloc.h"

char *kspan_heap_vasprintf(struct kspan_heap *heap, gfp_t gfp, const char *fmt, va_list args)
{
	unsigned int len;
	va_list again;
	char *p;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	p = alloc_object(heap, heap->alloc_mcaches, (size_t)len + 1, gfp & ~__GFP_ZERO);
	if (!p)
		return NULL;
	/* What a pointer leads to may have become shorter or longer meanwhile. */
	WARN_ONCE(vsnprintf(p, (size_t)len + 1, fmt, args) != len,
		  "kspan: a string changed while it was printed: %s\n", fmt);
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_heap_vasprintf);

char *kspan_heap_asprintf(struct kspan_heap *heap, gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = kspan_heap_vasprintf(heap, gfp, fmt, args);
	va_end(args);
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_heap_asprintf);

char *kspan_vasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	return kspan_heap_vasprintf(&default_heap, gfp, fmt, args);
}
EXPORT_SYMBOL_KSPAN(kspan_vasprintf);

char *kspan_asprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = kspan_vasprintf(gfp, fmt, args);
	va_end(args);
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_asprintf);

void *kspan_heap_memdup_user(struct kspan_heap *heap, const void __user *src, size_t len)
{
	void *p = alloc_object(heap, heap->alloc_mcaches, len, GFP_USER | __GFP_NOWARN);

	if (!p)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(p, src, len)) {
		free_object(p);
		return ERR_PTR(-EFAULT);
	}
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_heap_memdup_user);

void *kspan_memdup_user(const void __user *src, size_t len)
{
	return kspan_heap_memdup_user(&default_heap, src, len);
}
EXPORT_SYMBOL_KSPAN(kspan_memdup_user);
