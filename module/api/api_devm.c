// SPDX-License-Identifier: GPL-2.0
/*
 * api_devm: the exported functions of include/kspan/devm.h, documented there. The list of what a
 * device has, devres, has a lock of its own, under which objects are looked up.
 */
#include <linux/device.h>
#include <kspan/devm.h>
#include <kspan/string.h>
#include "base/compat.h"

/**
 * struct devm_object - devres: an object of a device
 * @p: the object; changes when it is resized, while other objects are looked up
 */
struct devm_object {
	const void *p;
};

static void devm_object_release(struct device *dev, void *res)
{
	struct devm_object *object = res;

	kspan_free(object->p);
}

static int devm_object_match(struct device *dev, void *res, void *p)
{
	struct devm_object *object = res;

	return READ_ONCE(object->p) == p;
}

/* Give the device an object, if there is one. Return: the object, or NULL, and then it is freed. */
static void *devm_add(struct device *dev, void *p, gfp_t gfp)
{
	struct devm_object *object;

	if (ZERO_OR_NULL_PTR(p))
		return p;
	object = devres_alloc(devm_object_release, sizeof(*object), gfp);
	if (!object) {
		kspan_free(p);
		return NULL;
	}
	object->p = p;
	devres_add(dev, object);
	return p;
}

void *devm_kspan_alloc(struct device *dev, size_t size, gfp_t gfp)
{
	return devm_add(dev, kspan_alloc(size, gfp), gfp);
}
EXPORT_SYMBOL_KSPAN(devm_kspan_alloc);

void devm_kspan_free(struct device *dev, const void *p)
{
	if (!ZERO_OR_NULL_PTR(p))
		WARN_ON(devres_release(dev, devm_object_release, devm_object_match, (void *)p));
}
EXPORT_SYMBOL_KSPAN(devm_kspan_free);

void *devm_kspan_realloc(struct device *dev, void *p, size_t new_size, gfp_t gfp)
{
	struct devm_object *object;

	if (ZERO_OR_NULL_PTR(p))
		return devm_kspan_alloc(dev, new_size, gfp);
	if (!new_size) {
		devm_kspan_free(dev, p);
		return ZERO_SIZE_PTR;
	}
	object = devres_find(dev, devm_object_release, devm_object_match, p);
	if (WARN_ON(!object))
		return NULL;
	p = kspan_realloc(p, new_size, gfp);
	if (p)
		WRITE_ONCE(object->p, p);
	return p;
}
EXPORT_SYMBOL_KSPAN(devm_kspan_realloc);

void *devm_kspan_memdup(struct device *dev, const void *src, size_t len, gfp_t gfp)
{
	return devm_add(dev, kspan_memdup(src, len, gfp), gfp);
}
EXPORT_SYMBOL_KSPAN(devm_kspan_memdup);

char *devm_kspan_vasprintf(struct device *dev, gfp_t gfp, const char *fmt, va_list args)
{
	return devm_add(dev, kspan_vasprintf(gfp, fmt, args), gfp);
}
EXPORT_SYMBOL_KSPAN(devm_kspan_vasprintf);

char *devm_kspan_asprintf(struct device *dev, gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = devm_kspan_vasprintf(dev, gfp, fmt, args);
	va_end(args);
	return p;
}
EXPORT_SYMBOL_KSPAN(devm_kspan_asprintf);
