/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan objects of a type - allocations that take a type, or a variable of it, in place of a size.
 * What they return is a pointer to that type, so the compiler warns where it is assigned to one to
 * another type. They are kmalloc_obj() and its family of Linux 7, for kspan and for every kernel.
 *
 *	struct note *note = kspan_zalloc_obj(*note, GFP_KERNEL);
 *	u64 *counts = kspan_zalloc_objs(u64, 256, GFP_KERNEL);
 *	struct entry *entry = kspan_alloc_flex(*entry, value, len, GFP_KERNEL);
 */
#ifndef _KSPAN_OBJ_API_H
#define _KSPAN_OBJ_API_H

#include <linux/overflow.h>
#include <linux/stddef.h>
#include <kspan/heap.h>

/* Set the counter of a flexible array, if the kernel and the compiler know it (__counted_by). */
#ifdef __set_flex_counter
#define __kspan_set_counter(array, n)	__set_flex_counter(array, n)
#else
#define __kspan_set_counter(array, n)	do { } while (0)
#endif

/* Bytes of a structure with @n elements in its flexible array, or SIZE_MAX. */
#define __kspan_flex_size(type, array, n) \
	size_add(sizeof(type), size_mul(sizeof(*((type *)NULL)->array), n))

/* A size that has overflown is no size. */
static __always_inline void *__kspan_alloc_sized(size_t size, gfp_t gfp)
{
	return unlikely(size == SIZE_MAX) ? NULL : kspan_alloc(size, gfp);
}

static __always_inline
void *__kspan_heap_alloc_sized(struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	return unlikely(size == SIZE_MAX) ? NULL : kspan_heap_alloc(heap, size, gfp);
}

#define __kspan_typed(type, p)	((type *)(p))

#define __kspan_flex(type, array, n, alloc)				\
({									\
	const size_t __n = (n);						\
	const size_t __size = __kspan_flex_size(type, array, __n);	\
	type *__obj = (alloc);						\
									\
	if (__obj)							\
		__kspan_set_counter(__obj->array, __n);			\
	__obj;								\
})

/**
 * kspan_alloc_obj() - allocate an object of a type
 * @type: the type, or a variable of it, which is not evaluated
 * @gfp: as for kspan_alloc()
 *
 * Context, alignment: as kspan_alloc().
 * Return: a pointer to @type, to be freed with kspan_free(), or NULL.
 */
#define kspan_alloc_obj(type, gfp) \
	__kspan_typed(typeof(type), kspan_alloc(sizeof(typeof(type)), gfp))

/**
 * kspan_zalloc_obj() - allocate a zeroed object of a type
 * @type: as for kspan_alloc_obj()
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as kspan_alloc_obj().
 */
#define kspan_zalloc_obj(type, gfp)	kspan_alloc_obj(type, (gfp) | __GFP_ZERO)

/**
 * kspan_alloc_objs() - allocate an array of a type
 * @type: type of an element, or a variable of it, which is not evaluated
 * @n: number of elements
 * @gfp: as for kspan_alloc()
 *
 * Context, alignment: as kspan_alloc().
 * Return: a pointer to @type, to be freed with kspan_free(), or NULL; NULL also if the size
 *	overflows.
 */
#define kspan_alloc_objs(type, n, gfp) \
	__kspan_typed(typeof(type), __kspan_alloc_sized(size_mul(sizeof(typeof(type)), n), gfp))

/**
 * kspan_zalloc_objs() - allocate a zeroed array of a type
 * @type: as for kspan_alloc_objs()
 * @n: number of elements
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as kspan_alloc_objs().
 */
#define kspan_zalloc_objs(type, n, gfp)	kspan_alloc_objs(type, n, (gfp) | __GFP_ZERO)

/**
 * kspan_alloc_flex() - allocate a structure that ends with a flexible array
 * @type: the structure, or a variable of it, which is not evaluated
 * @array: name of the array in it
 * @n: number of elements of the array
 * @gfp: as for kspan_alloc()
 *
 * The array's counter (__counted_by) is set where the kernel and the compiler can do so. Set it
 * yourself all the same, as older ones cannot.
 *
 * Context, alignment: as kspan_alloc().
 * Return: a pointer to @type, to be freed with kspan_free(), or NULL; NULL also if the size
 *	overflows.
 */
#define kspan_alloc_flex(type, array, n, gfp) \
	__kspan_flex(typeof(type), array, n, __kspan_alloc_sized(__size, gfp))

/**
 * kspan_zalloc_flex() - allocate a zeroed structure that ends with a flexible array
 * @type: as for kspan_alloc_flex()
 * @array: name of the array in it
 * @n: number of elements of the array
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as kspan_alloc_flex().
 */
#define kspan_zalloc_flex(type, array, n, gfp)	kspan_alloc_flex(type, array, n, (gfp) | __GFP_ZERO)

/**
 * kspan_heap_alloc_obj() - allocate an object of a type from a heap
 * @heap: the heap
 * @type: as for kspan_alloc_obj()
 * @gfp: as for kspan_alloc(), with __GFP_ZERO for a zeroed object
 *
 * Context, return: as kspan_alloc_obj().
 */
#define kspan_heap_alloc_obj(heap, type, gfp) \
	__kspan_typed(typeof(type), kspan_heap_alloc(heap, sizeof(typeof(type)), gfp))

/**
 * kspan_heap_alloc_objs() - allocate an array of a type from a heap
 * @heap: the heap
 * @type: as for kspan_alloc_objs()
 * @n: number of elements
 * @gfp: as for kspan_alloc(), with __GFP_ZERO for a zeroed array
 *
 * Context, return: as kspan_alloc_objs().
 */
#define kspan_heap_alloc_objs(heap, type, n, gfp) \
	__kspan_typed(typeof(type), __kspan_heap_alloc_sized(heap, size_mul(sizeof(typeof(type)), \
									    n), gfp))

/**
 * kspan_heap_alloc_flex() - allocate a structure that ends with a flexible array from a heap
 * @heap: the heap
 * @type: as for kspan_alloc_flex()
 * @array: name of the array in it
 * @n: number of elements of the array
 * @gfp: as for kspan_alloc(), with __GFP_ZERO for a zeroed structure
 *
 * Context, return: as kspan_alloc_flex().
 */
#define kspan_heap_alloc_flex(heap, type, array, n, gfp) \
	__kspan_flex(typeof(type), array, n, __kspan_heap_alloc_sized(heap, __size, gfp))

#endif /* _KSPAN_OBJ_API_H */
