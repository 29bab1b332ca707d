// SPDX-License-Identifier: GPL-2.0
/*
 * region_percpu: the exported functions of per-CPU regions, documented in include/kspan/region.h. A
 * part is used only by its CPU, with interrupts off for a few instructions. Allocating blocks and
 * zeroing memory are not part of that section.
 */
#include <linux/percpu.h>
#include <linux/slab.h>
#include "heap/alloc.h"
#include "region/region.h"
#include "pages/report.h"

/**
 * struct kspan_percpu_region - a region with a part for each CPU
 * @entry: its entry in the list of regions
 * @parts: the parts of all possible CPUs
 */
struct kspan_percpu_region {
	struct region_entry entry;
	struct region __percpu *parts;
};

static int init(struct kspan_percpu_region *region, const char *name,
		const struct kspan_region_params *params, unsigned long caller)
{
	int cpu, err;

	region->parts = alloc_percpu(struct region);
	if (!region->parts)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		region_init(per_cpu_ptr(region->parts, cpu), params, region->entry.name);
		region_start_small(per_cpu_ptr(region->parts, cpu));
	}
	region->entry.each = region->parts;
	err = regions_add(&region->entry, name, caller);
	if (err)
		free_percpu(region->parts);
	return err;
}

struct kspan_percpu_region *
kspan_percpu_region_create(const char *name, const struct kspan_region_params *params)
{
	struct kspan_percpu_region *region;
	int err = region_check_params(params);

	if (err)
		return ERR_PTR(err);
	region = kzalloc(sizeof(*region), GFP_KERNEL);
	if (!region)
		return ERR_PTR(-ENOMEM);
	err = init(region, name, params, _RET_IP_);
	if (err) {
		kfree(region);
		return ERR_PTR(err);
	}
	return region;
}
EXPORT_SYMBOL_KSPAN(kspan_percpu_region_create);

static void percpu_free(struct region_entry *entry)
{
	struct kspan_percpu_region *region = container_of(entry, struct kspan_percpu_region, entry);

	free_percpu(region->parts);
	kfree(region);
}

void kspan_percpu_region_destroy(struct kspan_percpu_region *region)
{
	int cpu;

	if (IS_ERR_OR_NULL(region))
		return;
	for_each_possible_cpu(cpu)
		region_drop(per_cpu_ptr(region->parts, cpu));
	regions_remove(&region->entry, percpu_free);
}
EXPORT_SYMBOL_KSPAN(kspan_percpu_region_destroy);

void kspan_percpu_region_reset(struct kspan_percpu_region *region)
{
	int cpu;

	for_each_possible_cpu(cpu)
		region_reset(per_cpu_ptr(region->parts, cpu));
}
EXPORT_SYMBOL_KSPAN(kspan_percpu_region_reset);

/*
 * Allocate from this CPU's part, or else from @block, if not NULL, which it gets. The task may have
 * migrated since another part lacked a block, and an interrupt may have brought one. @block is
 * freed if it is not needed, or if this part is at its limit.
 */
static unsigned long take_here(struct kspan_percpu_region *region, size_t size, size_t align,
			       struct region_block *block)
{
	unsigned long irqflags, obj;
	struct region *r;

	local_irq_save(irqflags);
	r = this_cpu_ptr(region->parts);
	obj = region_take(r, size, align);
	if (!obj && block && !region_limit_reached(r, size, align)) {
		obj = region_take_from(r, block, size, align);
		block = NULL;
	}
	local_irq_restore(irqflags);
	region_blocks_free(r, block);
	return obj;
}

/*
 * Whether a new block would help. If so, @bytes is set to its size. If the object needs a block of
 * its own, free this part's spare blocks of that kind. None of them fits, and they would pile up
 * with every new size.
 */
static bool may_grow(struct kspan_percpu_region *region, size_t size, size_t align,
		     unsigned long *bytes)
{
	struct region_block *unfit = NULL;
	unsigned long irqflags;
	struct region *r;
	bool may;

	local_irq_save(irqflags);
	r = this_cpu_ptr(region->parts);
	may = !region_limit_reached(r, size, align);
	*bytes = region_next_bytes(r, size, align);
	if (may && region_wants_own_block(r, size, align))
		unfit = region_unkeep(r, &r->spare_own);
	local_irq_restore(irqflags);
	region_blocks_free(r, unfit);
	return may;
}

static unsigned long grow(struct kspan_percpu_region *region, size_t size, size_t align, gfp_t gfp)
{
	struct region_block *block;
	unsigned long bytes;

	if (!may_lock() || !may_grow(region, size, align, &bytes))
		return 0;
	block = region_block_create(size, align, bytes, gfp);
	return block ? take_here(region, size, align, block) : 0;
}

static void *failed(struct kspan_percpu_region *region, size_t size, gfp_t gfp)
{
	atomic_long_inc(&raw_cpu_ptr(region->parts)->failures);
	report_failure(&default_heap.owner, size, gfp);
	return NULL;
}

static bool is_full(struct kspan_percpu_region *region, size_t size, size_t align)
{
	unsigned long irqflags;
	bool full;

	local_irq_save(irqflags);
	full = region_limit_reached(this_cpu_ptr(region->parts), size, align);
	local_irq_restore(irqflags);
	return full;
}

/* @size bytes do not come, for want of memory or at the limit of this CPU's part. */
static void *grow_failed(struct kspan_percpu_region *region, size_t size, size_t align, gfp_t gfp)
{
	struct region *r = raw_cpu_ptr(region->parts);

	if (!is_full(region, size, align))
		return failed(region, size, gfp);
	atomic_long_inc(&r->failures);
	report_region_limit(region->entry.name, r->limit, size, gfp);
	return NULL;
}

void *kspan_percpu_region_alloc_aligned(struct kspan_percpu_region *region, size_t size,
					size_t align, gfp_t gfp)
{
	const struct region_debug *debug = &raw_cpu_ptr(region->parts)->debug;
	unsigned long obj;
	size_t full;

	if (!size)
		return ZERO_SIZE_PTR;
	debug_might_alloc(gfp);
	if (in_nmi() || !region_can_serve(size, align, gfp))
		return failed(region, size, gfp);
	align = max(align, KSPAN_REGION_ALIGN);
	full = size + region_red_bytes(debug);
	obj = take_here(region, full, align, NULL);
	if (unlikely(!obj))
		obj = grow(region, full, align, gfp);
	if (unlikely(!obj))
		return grow_failed(region, full, align, gfp);
	return region_hand_out(debug, obj, size, gfp);
}
EXPORT_SYMBOL_KSPAN(kspan_percpu_region_alloc_aligned);
