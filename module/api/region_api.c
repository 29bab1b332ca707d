// SPDX-License-Identifier: GPL-2.0
/*
 * region_api: the exported functions of plain regions, documented in include/kspan/region.h. No
 * locks: the caller is the only user of the region.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include "heap/alloc.h"
#include "central/heap.h"
#include "region/region.h"
#include "pages/report.h"

/**
 * struct plain_region - a plain region
 * @region: the region; clients have a pointer to its head
 * @entry: its entry in the list of regions
 */
struct plain_region {
	struct region region;
	struct region_entry entry;
};

static struct region *to_region(struct kspan_region *head)
{
	return container_of(head, struct region, head);
}

static struct plain_region *to_plain(struct kspan_region *head)
{
	return container_of(head, struct plain_region, region.head);
}

struct kspan_region *kspan_region_create(const char *name,
					 const struct kspan_region_params *params)
{
	struct plain_region *plain;
	int err = region_check_params(params);

	if (err)
		return ERR_PTR(err);
	plain = kzalloc(sizeof(*plain), GFP_KERNEL);
	if (!plain)
		return ERR_PTR(-ENOMEM);
	region_init(&plain->region, params, plain->entry.name);
	plain->entry.one = &plain->region;
	err = regions_add(&plain->entry, name, _RET_IP_);
	if (err) {
		kfree(plain);
		return ERR_PTR(err);
	}
	return &plain->region.head;
}
EXPORT_SYMBOL_KSPAN(kspan_region_create);

static void plain_free(struct region_entry *entry)
{
	kfree(container_of(entry, struct plain_region, entry));
}

void kspan_region_destroy(struct kspan_region *region)
{
	struct plain_region *plain;

	if (IS_ERR_OR_NULL(region))
		return;
	plain = to_plain(region);
	region_drop(&plain->region);
	regions_remove(&plain->entry, plain_free);
}
EXPORT_SYMBOL_KSPAN(kspan_region_destroy);

/* Allocate the block that region_take() lacked. Return: the object, or 0. */
static unsigned long grow(struct region *r, size_t size, size_t align, gfp_t gfp)
{
	struct region_block *block;
	unsigned long bytes;

	if (!may_lock() || region_limit_reached(r, size, align))
		return 0;
	/* No spare block fits. Free them, or they would pile up with every new size. */
	if (region_wants_own_block(r, size, align))
		region_free_spare(r, &r->spare_own);
	bytes = region_next_bytes(r, size, align);
	block = region_block_create(size, align, bytes, gfp);
	return block ? region_take_from(r, block, size, align) : 0;
}

static void *failed(struct region *r, size_t size, gfp_t gfp)
{
	atomic_long_inc(&r->failures);
	report_failure(&default_heap.owner, size, gfp);
	return NULL;
}

/* @size bytes do not come, for want of memory or at the region's own limit. */
static void *grow_failed(struct region *r, size_t size, size_t align, gfp_t gfp)
{
	if (!region_limit_reached(r, size, align))
		return failed(r, size, gfp);
	atomic_long_inc(&r->failures);
	report_region_limit(to_plain(&r->head)->entry.name, r->limit, size, gfp);
	return NULL;
}

noinline void *__kspan_region_alloc(struct kspan_region *region, size_t size, size_t align,
				    gfp_t gfp)
{
	struct region *r = to_region(region);
	unsigned long obj;
	size_t full;

	static_assert(__KSPAN_REGION_UNSUPPORTED == (GFP_UNSUPPORTED | __GFP_THISNODE));
	if (!size)
		return ZERO_SIZE_PTR;
	debug_might_alloc(gfp);
	if (!region_can_serve(size, align, gfp))
		return failed(r, size, gfp);
	align = max(align, KSPAN_REGION_ALIGN);
	full = size + region_red_bytes(&r->debug);
	obj = region_take(r, full, align);
	if (!obj)
		obj = grow(r, full, align, gfp);
	return obj ? region_hand_out(&r->debug, obj, size, gfp) : grow_failed(r, full, align, gfp);
}
EXPORT_SYMBOL_KSPAN(__kspan_region_alloc);

void *kspan_region_memdup(struct kspan_region *region, const void *src, size_t len, gfp_t gfp)
{
	void *p = kspan_region_alloc(region, len, gfp & ~__GFP_ZERO);

	if (p)
		memcpy(p, src, len);
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_region_memdup);

char *kspan_region_strdup(struct kspan_region *region, const char *s, gfp_t gfp)
{
	return s ? kspan_region_memdup(region, s, strlen(s) + 1, gfp) : NULL;
}
EXPORT_SYMBOL_KSPAN(kspan_region_strdup);

char *kspan_region_strndup(struct kspan_region *region, const char *s, size_t max, gfp_t gfp)
{
	size_t len = s ? strnlen(s, max) : 0;
	char *p;

	if (!s || len == SIZE_MAX)
		return NULL;
	p = kspan_region_alloc(region, len + 1, gfp & ~__GFP_ZERO);
	if (p) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}
EXPORT_SYMBOL_KSPAN(kspan_region_strndup);

void kspan_region_mark(struct kspan_region *region, struct kspan_region_mark *mark)
{
	struct region *r = to_region(region);

	mark->region = region;
	mark->cursor = r->head.cursor;
	mark->block = r->blocks;
	mark->own = r->own;
	mark->serial = ++r->last_serial;
	mark->outer = r->innermost;
	r->innermost = mark->serial;
	r->nr_marks++;
}
EXPORT_SYMBOL_KSPAN(kspan_region_mark);

int kspan_region_release(struct kspan_region *region, const struct kspan_region_mark *mark)
{
	struct region *r = to_region(region);

	/* The serial of a mark that was released or became void is never used again. */
	if (mark->region != region || !mark->serial || mark->serial != r->innermost) {
		report_region_release(to_plain(region)->entry.name, _RET_IP_);
		return -EINVAL;
	}
	region_rewind(r, mark);
	r->innermost = mark->outer;
	r->nr_marks--;
	r->releases++;
	return 0;
}
EXPORT_SYMBOL_KSPAN(kspan_region_release);

void kspan_region_reset(struct kspan_region *region)
{
	region_reset(to_region(region));
}
EXPORT_SYMBOL_KSPAN(kspan_region_reset);
