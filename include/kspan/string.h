/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan strings - text that is printed into an object, memory that is copied from user space, and
 * strings that need no copy. They behave as their namesakes of the kernel.
 */
#ifndef _KSPAN_STRING_API_H
#define _KSPAN_STRING_API_H

#include <linux/stdarg.h>
#include <kspan/heap.h>

/**
 * kspan_heap_vasprintf() - print into a new string of a heap
 * @heap: the heap
 * @gfp: as for kspan_alloc()
 * @fmt: as for vsnprintf()
 * @args: as for vsnprintf(); like there, to be ended by the caller
 *
 * Context: as kspan_alloc().
 * Return: the string, to be freed with kspan_free(), or NULL.
 */
char *kspan_heap_vasprintf(struct kspan_heap *heap, gfp_t gfp, const char *fmt, va_list args)
	__printf(3, 0);

/**
 * kspan_heap_asprintf() - print into a new string of a heap
 * @heap: the heap
 * @gfp: as for kspan_alloc()
 * @fmt: as for printk()
 * @...: what @fmt refers to
 *
 * Context, return: as kspan_heap_vasprintf().
 */
char *kspan_heap_asprintf(struct kspan_heap *heap, gfp_t gfp, const char *fmt, ...)
	__printf(3, 4);

/**
 * kspan_vasprintf() - print into a new string
 * @gfp: as for kspan_alloc()
 * @fmt: as for vsnprintf()
 * @args: as for vsnprintf(); like there, to be ended by the caller
 *
 * Context, return: as kspan_heap_vasprintf().
 */
char *kspan_vasprintf(gfp_t gfp, const char *fmt, va_list args) __printf(2, 0);

/**
 * kspan_asprintf() - print into a new string
 * @gfp: as for kspan_alloc()
 * @fmt: as for printk()
 * @...: what @fmt refers to
 *
 * Context, return: as kspan_heap_vasprintf().
 */
char *kspan_asprintf(gfp_t gfp, const char *fmt, ...) __printf(2, 3);

/**
 * kspan_heap_memdup_user() - copy memory of user space into a new object of a heap
 * @heap: the heap
 * @src: memory of user space
 * @len: bytes; 0 gives ZERO_SIZE_PTR
 *
 * A size that is too large is not logged, as user space may have chosen it.
 *
 * Context: Process context, with user space's memory; may sleep.
 * Return: the copy, to be freed with kspan_free(); or ERR_PTR(): -ENOMEM, or -EFAULT if @src cannot
 *	be read.
 */
void *kspan_heap_memdup_user(struct kspan_heap *heap, const void __user *src, size_t len);

/**
 * kspan_memdup_user() - copy memory of user space into a new object
 * @src: memory of user space
 * @len: bytes; 0 gives ZERO_SIZE_PTR
 *
 * Context, return: as kspan_heap_memdup_user().
 */
void *kspan_memdup_user(const void __user *src, size_t len);

/**
 * kspan_vmemdup_user() - copy memory of user space into a new object
 * @src: memory of user space
 * @len: bytes
 *
 * The same as kspan_memdup_user(), under the name that code has which called vmemdup_user().
 * kspan_free() frees the copy, not kvfree().
 *
 * Context, return: as kspan_heap_memdup_user().
 */
static inline void *kspan_vmemdup_user(const void __user *src, size_t len)
{
	return kspan_memdup_user(src, len);
}

/**
 * kspan_strdup_const() - copy a string, unless it is a literal
 * @s: the string; NULL gives NULL
 * @gfp: as for kspan_alloc()
 *
 * A macro: what is a literal where it is called is not copied. It stays as long as the module that
 * it is in.
 *
 * Context: as kspan_alloc().
 * Return: @s or a copy, to be freed with kspan_free_const(); or NULL.
 */
#define kspan_strdup_const(s, gfp) \
	((const char *)(__builtin_constant_p(s) ? (s) : kspan_strdup(s, gfp)))

/**
 * kspan_free_const() - free what kspan_strdup_const() returned
 * @p: the string, or NULL
 *
 * What is not kspan's is a literal, and stays.
 *
 * Context: as kspan_free().
 */
static inline void kspan_free_const(const void *p)
{
	if (kspan_owns(p))
		kspan_free(p);
}

#endif /* _KSPAN_STRING_API_H */
