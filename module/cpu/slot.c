// SPDX-License-Identifier: GPL-2.0
/*
 * slot: give a slot objects and magazines, and take them back. See slot.h for the rules.
 */
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include "base/kick.h"
#include "base/params.h"
#include "base/trace.h"
#include "central/depot.h"
#include "cpu/slot.h"
#include "pages/pagemap.h"
#include "pages/report.h"

/* Most claims that one refill makes; each claim covers one span. */
#define MAX_CLAIMS		16

DEFINE_STATIC_KEY_FALSE(slot_random_key);

static siphash_key_t random_key;
static DEFINE_PER_CPU(unsigned long, random_count);

static void *no_objs[1];

/* Called before the first allocation. */
void slot_init(void)
{
	get_random_bytes(&random_key, sizeof(random_key));
	if (param_randomize())
		static_branch_enable(&slot_random_key);
}

/*
 * The kernel's own random numbers may need a lock that NMI and PREEMPT_RT forbid here. An interrupt
 * may get the same number once more, which tells nobody what it is.
 */
static u64 random_bits(void)
{
	return siphash_2u64(this_cpu_inc_return(random_count), raw_smp_processor_id(), &random_key);
}

/* One of the set bits: 16 random bits choose which. */
static unsigned int random_bit(unsigned long bits, u16 random)
{
	unsigned int skip = (u32)random * hweight_long(bits) >> 16;

	while (skip--)
		bits &= bits - 1;
	return __ffs(bits);
}

/**
 * slot_install() - give a slot a magazine
 * @slot: a slot of an mcache that the caller has entered
 * @mag: a magazine with @mag->n objects; with NULL the slot counts as both empty and full
 */
void slot_install(struct mcache_slot *slot, struct magazine *mag)
{
	slot->base = mag ? mag->objs : NULL;
	slot->capacity = mag ? mag->capacity : 0;
	slot->top = mag ? mag->objs + 1 + mag->n : no_objs + 1;
	slot->end = mag ? mag->objs + 1 + mag->capacity : no_objs + 1;
}

/**
 * slot_create_magazine() - give a slot its first magazine
 * @slot: a slot of an mcache that the caller has entered
 * @class: its class
 *
 * Return: false if there is no memory for it.
 */
bool slot_create_magazine(struct mcache_slot *slot, unsigned int class)
{
	struct magazine *mag = magazine_alloc(class, magazine_first_capacity(class), 0);

	if (!mag)
		return false;
	slot_install(slot, mag);
	kick_if_asleep();
	return true;
}

/**
 * slot_grow() - make a slot's magazine twice as large, within its limit
 * @slot: a slot of an mcache that the caller has entered
 * @class: its class
 * @max_bytes: see magazine_next_capacity()
 *
 * On failure, or at the end of the CPU's budget, the magazine keeps its size; this only costs
 * speed.
 */
void slot_grow(struct mcache_slot *slot, unsigned int class, unsigned long max_bytes)
{
	unsigned int n = slot_len(slot);
	unsigned int capacity = magazine_next_capacity(slot->capacity, class, max_bytes);
	struct magazine *mag;

	if (capacity <= slot->capacity)
		return;
	mag = magazine_alloc(class, capacity, slot->capacity);
	if (!mag)
		return;
	mag->n = n;
	memcpy(mag->objs + 1, slot->base + 1, n * sizeof(*mag->objs));
	magazine_free(slot_magazine(slot));
	slot_install(slot, mag);
}

/**
 * slot_another_magazine() - get an empty magazine to replace a slot's full one
 * @slot: a slot with a magazine
 * @class: its class
 * @max_bytes: see magazine_next_capacity()
 * @spare: an empty magazine that may be used, or NULL
 *
 * The new magazine is larger, up to the limit: objects move between CPUs in magazines, and a larger
 * magazine lowers the cost of each object. A spare that is smaller than that is freed, if there is
 * memory for another.
 *
 * Return: the magazine, which may be @spare, or NULL.
 */
struct magazine *slot_another_magazine(const struct mcache_slot *slot, unsigned int class,
				       unsigned long max_bytes, struct magazine *spare)
{
	unsigned int capacity = max_t(unsigned int, slot->capacity,
				      magazine_next_capacity(slot->capacity, class, max_bytes));
	struct magazine *mag;

	if (spare && spare->capacity >= capacity)
		return spare;
	mag = magazine_alloc(class, capacity, spare ? spare->capacity : 0);
	if (!mag && !spare)
		mag = magazine_alloc(class, slot->capacity, 0);
	if (!mag)
		return spare;
	magazine_free(spare);
	return mag;
}

/* Whether an object of a class begins at an address, which may be any. */
static bool is_object_of(const void *p, const struct mcentral *central)
{
	const struct mspan *span = pagemap_find((unsigned long)p);

	return span->class == central->class && span->owner == central->owner &&
	       mspan_begins_at(span, (unsigned long)p);
}

/**
 * slot_pop_checked() - slot_pop(), but of objects of the class only
 * @slot: a slot of an mcache that the caller has entered
 * @central: its class
 *
 * What is none is reported and left out: something wrote to the magazine. The object whose address
 * was there is lost.
 *
 * Context: A slow section.
 * Return: the object, or NULL.
 */
void *slot_pop_checked(struct mcache_slot *slot, const struct mcentral *central)
{
	void *obj = slot_pop(slot);

	while (unlikely(obj && !is_object_of(obj, central))) {
		report_no_free_object(obj, central->class);
		obj = slot_pop(slot);
	}
	return obj;
}

/* slot_unpack() in random order. */
static noinline void unpack_randomly(struct mcache_slot *slot, unsigned int class)
{
	unsigned int bit, size = size_classes[class].size, n = 0;
	u64 random = 0;

	for (; slot->bits && slot->top < slot->end; random >>= 16) {
		if (n++ % 4 == 0)
			random = random_bits();
		bit = random_bit(slot->bits, random);
		*slot->top++ = (void *)(slot->first + bit * (unsigned long)size);
		slot->bits &= ~BIT(bit);
	}
}

/* Move objects from the claim to the magazine, as many as fit. */
void slot_unpack(struct mcache_slot *slot, unsigned int class)
{
	unsigned int bit, size = size_classes[class].size;
	unsigned long bits = slot->bits, obj;
	void **top = slot->top;

	if (static_branch_unlikely(&slot_random_key)) {
		unpack_randomly(slot, class);
		return;
	}
	for (; bits && top < slot->end; bits &= bits - 1) {
		bit = __ffs(bits);
		obj = slot->first + bit * size;
		*top++ = (void *)obj;
	}
	slot->top = top;
	slot->bits = bits;
}

void slot_install_claim(struct mcache_slot *slot, const struct claim *claim)
{
	slot->bits = claim->bits;
	slot->first = claim->first;
	slot->fresh = claim->fresh;
	slot->got += claim->n;
}

/* Claim objects for about half a magazine. Objects that do not fit stay in the claim. */
void slot_refill(struct mcache_slot *slot, struct mcentral *central)
{
	unsigned int i, n, nr_wanted = DIV_ROUND_UP(slot->capacity, 2);
	struct claim claims[MAX_CLAIMS];

	depot_settle_some(central);
	if (size_classes[central->class].nr_objs == 1) {
		n = mcentral_claim_single(central, slot->top, nr_wanted);
		slot->top += n;
		slot->got += n;
		return;
	}
	n = mcentral_claim(central, claims, MAX_CLAIMS, nr_wanted);
	for (i = 0; i < n; i++) {
		slot_install_claim(slot, &claims[i]);
		slot_unpack(slot, central->class);
		kspan_assert(i == n - 1 || !slot->bits);
	}
}

/* Take one object from the claim. Return: its address, with OBJ_FRESH if it is fresh. */
unsigned long slot_take_claimed(struct mcache_slot *slot, unsigned int class)
{
	unsigned int bit = __fls(slot->bits);	/* fresh objects have the high bits */

	if (static_branch_unlikely(&slot_random_key))
		bit = random_bit(slot->bits, random_bits());
	slot->bits &= ~BIT(bit);
	return (slot->first + bit * (unsigned long)size_classes[class].size) |
	       (bit >= slot->fresh ? OBJ_FRESH : 0);
}

/* Exchange the slot's empty magazine for a full one from the depot. */
bool slot_exchange(struct mcache_slot *slot, struct mcentral *central)
{
	struct magazine *full = depot_take_full(central, slot_magazine(slot));

	if (!full)
		return false;
	slot_install(slot, full);
	slot->got += full->n;
	return true;
}

/**
 * slot_drain() - give back the objects of a slot
 * @slot: a slot of an mcache that the caller has entered or that nobody uses any more
 * @central: its class
 *
 * Without a lock: a claim goes back as late frees, a magazine to where depot_settle() finds it.
 *
 * Context: Any, with preemption off.
 */
void slot_drain(struct mcache_slot *slot, struct mcentral *central)
{
	struct magazine *mag;

	if (trace_flush_enabled() && slot_cached(slot))
		trace_flush(size_classes[central->class].size, slot_cached(slot),
			    TRACE_FLUSH_DRAIN, central->owner->name, central->owner->place.node);
	if (slot->bits) {
		slot->got -= hweight_long(slot->bits);
		mcentral_unclaim_late(central, slot->first, slot->bits);
		slot->bits = 0;
	}
	if (slot->base) {
		mag = slot_magazine(slot);
		mag->n = slot_len(slot);
		slot->got -= mag->n;
		slot_install(slot, NULL);
		depot_return(central, mag);
	}
	slot->starved = false;
}
