/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan for device drivers - objects that are freed when their device is unbound from its driver,
 * with what else the device has (devres), the newest first. They behave as devm_kmalloc() and its
 * family. kspan_size(), but neither kspan_free() nor kspan_realloc(), may be called with such an
 * object.
 *
 * Beside each object a record of the kernel's own allocator is kept, as for each devm_ function.
 */
#ifndef _KSPAN_DEVM_API_H
#define _KSPAN_DEVM_API_H

#include <linux/stdarg.h>
#include <kspan/kspan.h>

struct device;

/**
 * devm_kspan_alloc() - allocate memory that is freed with a device
 * @dev: the device
 * @size: bytes; 0 gives ZERO_SIZE_PTR
 * @gfp: as for kspan_alloc()
 *
 * Context, alignment: as kspan_alloc().
 * Return: the object, or NULL. It may be freed before the device with devm_kspan_free().
 */
void *devm_kspan_alloc(struct device *dev, size_t size, gfp_t gfp) __alloc_size(2);

/**
 * devm_kspan_free() - free an object before its device
 * @dev: the device that it was allocated with; an object of another one is warned of and not freed
 * @p: the object, NULL or ZERO_SIZE_PTR
 *
 * Context: Any but NMI. Never sleeps.
 */
void devm_kspan_free(struct device *dev, const void *p);

/**
 * devm_kspan_realloc() - change the size of an object that is freed with a device
 * @dev: the device that it was allocated with; an object of another one is warned of
 * @p: the object; for NULL and ZERO_SIZE_PTR the function acts as devm_kspan_alloc()
 * @new_size: bytes; 0 frees @p and gives ZERO_SIZE_PTR
 * @gfp: as for kspan_realloc()
 *
 * Its place among what the device has stays.
 *
 * Context: as kspan_alloc(), but not in NMI.
 * Return: the object, or NULL, and then @p is unchanged.
 */
void *devm_kspan_realloc(struct device *dev, void *p, size_t new_size, gfp_t gfp)
	__must_check __realloc_size(3);

/**
 * devm_kspan_memdup() - copy memory into an object that is freed with a device
 * @dev: the device
 * @src: memory to copy
 * @len: bytes
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as devm_kspan_alloc().
 */
void *devm_kspan_memdup(struct device *dev, const void *src, size_t len, gfp_t gfp)
	__realloc_size(3);

/**
 * devm_kspan_vasprintf() - print into a string that is freed with a device
 * @dev: the device
 * @gfp: as for kspan_alloc()
 * @fmt: as for vsnprintf()
 * @args: as for vsnprintf(); like there, to be ended by the caller
 *
 * Context, return: as devm_kspan_alloc().
 */
char *devm_kspan_vasprintf(struct device *dev, gfp_t gfp, const char *fmt, va_list args)
	__printf(3, 0);

/**
 * devm_kspan_asprintf() - print into a string that is freed with a device
 * @dev: the device
 * @gfp: as for kspan_alloc()
 * @fmt: as for printk()
 * @...: what @fmt refers to
 *
 * Context, return: as devm_kspan_alloc().
 */
char *devm_kspan_asprintf(struct device *dev, gfp_t gfp, const char *fmt, ...) __printf(3, 4);

/**
 * devm_kspan_zalloc() - allocate zeroed memory that is freed with a device
 * @dev: the device
 * @size: bytes
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as devm_kspan_alloc().
 */
static inline __alloc_size(2)
void *devm_kspan_zalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return devm_kspan_alloc(dev, size, gfp | __GFP_ZERO);
}

/**
 * devm_kspan_alloc_array() - allocate an array that is freed with a device
 * @dev: the device
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_alloc()
 *
 * Context: as devm_kspan_alloc().
 * Return: as devm_kspan_alloc(); NULL also if @n * @size overflows.
 */
static inline __alloc_size(2, 3)
void *devm_kspan_alloc_array(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return devm_kspan_alloc(dev, bytes, gfp);
}

/**
 * devm_kspan_calloc() - allocate a zeroed array that is freed with a device
 * @dev: the device
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as devm_kspan_alloc_array().
 */
static inline __alloc_size(2, 3)
void *devm_kspan_calloc(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	return devm_kspan_alloc_array(dev, n, size, gfp | __GFP_ZERO);
}

/**
 * devm_kspan_strdup() - copy a string that is freed with a device
 * @dev: the device
 * @s: the string; NULL gives NULL
 * @gfp: as for kspan_alloc()
 *
 * Context, return: as devm_kspan_alloc().
 */
static inline char *devm_kspan_strdup(struct device *dev, const char *s, gfp_t gfp)
{
	return s ? devm_kspan_memdup(dev, s, strlen(s) + 1, gfp) : NULL;
}

#endif /* _KSPAN_DEVM_API_H */
