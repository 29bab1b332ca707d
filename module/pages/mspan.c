// SPDX-License-Identifier: GPL-2.0
/*
 * mspan: creates spans and maintains their free bits. Callers hold the lock that mspan.h names for
 * each field.
 */
#include <linux/slab.h>
#include "pages/mspan.h"

struct mspan no_span, ended_span;

/* A cache for each range of bitmap sizes: a span of few objects takes little memory. */
static struct mspan_cache {
	const char *name;
	unsigned int words;	/* unsigned longs behind the struct */
	struct kmem_cache *slab;
	atomic_long_t nr;
} caches[] = {
	{ "kspan_mspan", 2 },
	{ "kspan_mspan_4", 2 * 4 },
	{ "kspan_mspan_16", 2 * 8192 / 8 / BITS_PER_LONG },
	{ "kspan_mspan_tiny", 2 * 512 / BITS_PER_LONG + TINY_WORDS },
};

static unsigned int words_needed(unsigned int class)
{
	unsigned int words = 2 * size_classes[class].words;

	return class == CLASS_TINY ? words + TINY_WORDS : words;
}

static struct mspan_cache *cache_of(unsigned int class)
{
	struct mspan_cache *cache = caches;

	while (cache->words < words_needed(class))
		cache++;
	return cache;
}

static size_t cache_object_size(const struct mspan_cache *cache)
{
	return sizeof(struct mspan) + cache->words * sizeof(unsigned long);
}

/**
 * mspan_new() - allocate a span's description, without pages
 * @class: class of its objects
 * @gfp: as for kmem_cache_alloc()
 *
 * Return: the span, or NULL.
 */
struct mspan *mspan_new(unsigned int class, gfp_t gfp)
{
	struct mspan_cache *cache = cache_of(class);
	struct mspan *span = slab_result(kmem_cache_alloc(cache->slab, gfp & ~__GFP_ZERO));

	if (!span)
		return NULL;
	span->class = class;
	span->records = NULL;
	atomic_long_inc(&cache->nr);
	INIT_LIST_HEAD(&span->list);
	return span;
}

void mspan_delete(struct mspan *span)
{
	struct mspan_cache *cache = cache_of(span->class);

	atomic_long_dec(&cache->nr);
	kmem_cache_free(cache->slab, span);
}

/* Whether the fast path of a free does everything that a free of this class needs. */
static bool knows_class(const struct owner *owner, unsigned int class)
{
	return class != CLASS_LARGE && class != CLASS_TINY && !OBJECT_HOOKS &&
	       !owner_zeroes_freed(owner);
}

/*
 * For the offset of object i the low half of offset * magic is i times a small remainder, which is
 * below magic. For an offset inside an object it is not below magic. For an offset behind the last
 * object it exceeds the last object's value, so the limit is that value plus one.
 */
static u32 fraction_limit(const struct size_class *sc)
{
	return (sc->nr_objs - 1) * (sc->size * sc->magic) + 1;
}

/* Whether anybody has a reference to a page of the direct map is checked at the end of a span. */
static bool may_keep(const struct mspan *span)
{
	return span->class == CLASS_LARGE && !span->records && !span->nr_sampled &&
	       !backing_is_direct(span->owner->place.backing);
}

static u32 limit_of(const struct mspan *span)
{
	if (span->nr_sampled || !knows_class(span->owner, span->class))
		return 0;
	return fraction_limit(&size_classes[span->class]);
}

/**
 * mspan_mark() - count sampled objects of a span
 * @span: the span; samples_lock held
 * @n: how many more there are
 */
void mspan_mark(struct mspan *span, int n)
{
	WRITE_ONCE(span->nr_sampled, span->nr_sampled + n);
	WRITE_ONCE(span->limit, limit_of(span));
	WRITE_ONCE(span->keeps, may_keep(span));
}

/**
 * mspan_begin() - give a span its pages and make all objects free
 * @span: from mspan_new()
 * @owner: the account of the heap that gets it
 * @base: first address
 * @npages: pages
 * @dirty: whether the memory may hold anything but zeros
 */
void mspan_begin(struct mspan *span, struct owner *owner, unsigned long base, unsigned int npages,
		 bool dirty)
{
	const struct size_class *sc = &size_classes[span->class];

	span->base = base;
	span->owner = owner;
	span->mcaches = owner->mcaches;
	span->npages = npages;
	span->slot = mspan_slot_offset(owner_index(owner, span->class));
	span->magic = sc->magic;
	span->nr_sampled = 0;
	span->limit = limit_of(span);
	span->dirty = dirty;
	span->region = false;
	span->keeps = may_keep(span);
	atomic_long_set(&span->state, 0);
	span->nr_free = sc->nr_objs;
	span->fresh = dirty ? sc->nr_objs : 0;
	bitmap_zero(span->bits, words_needed(span->class) * BITS_PER_LONG);
	bitmap_set(span->bits, 0, sc->nr_objs);
}

/**
 * mspan_become_large() - make a span of one object a large span
 * @span: of a class of which a span has one object, and no list has it
 *
 * The object is live, so nobody but its user may look it up; a wrong pointer finds it either way.
 */
void mspan_become_large(struct mspan *span)
{
	WRITE_ONCE(span->limit, 0);
	WRITE_ONCE(span->class, CLASS_LARGE);
	span->slot = mspan_slot_offset(CLASS_LARGE);
	span->magic = 0;
	span->dirty = true;
	span->keeps = may_keep(span);
	atomic_long_set(&span->state, 0);
}

/* The lowest set bits, at most @max; @n is set to their number. */
static unsigned long lowest_bits(unsigned long bits, unsigned int max, unsigned int *n)
{
	unsigned long rest = bits;

	for (*n = 0; rest && *n < max; ++*n)
		rest &= rest - 1;
	return bits & ~rest;
}

/**
 * mspan_claim() - claim free objects from the first word of free bits that has any
 * @span: the span, with a free object; mcentral.lock held
 * @claim: set to the claimed objects
 * @max: largest number of objects to claim
 */
void mspan_claim(struct mspan *span, struct claim *claim, unsigned int max)
{
	unsigned int w, first;

	for (w = 0; !span->bits[w]; w++)
		;
	first = w * BITS_PER_LONG;
	claim->bits = span->bits[w];
	claim->n = span->nr_free;
	/* Counting bits is slow. With a single word nr_free is the count. */
	if (claim->n > max || size_classes[span->class].words > 1)
		claim->bits = lowest_bits(claim->bits, max, &claim->n);
	claim->first = mspan_object(span, first);
	claim->fresh = 0;
	if (span->fresh > first)
		claim->fresh = min_t(unsigned int, span->fresh - first, BITS_PER_LONG);
	span->bits[w] &= ~claim->bits;
	span->nr_free -= claim->n;
	span->fresh = max_t(unsigned int, span->fresh, first + fls_long(claim->bits));
}

/**
 * mspan_claim_one() - take the first free object
 * @span: the span, with a free object; mcentral.lock held
 *
 * Return: its address, with OBJ_FRESH.
 */
unsigned long mspan_claim_one(struct mspan *span)
{
	unsigned int index = find_first_bit(span->bits, size_classes[span->class].nr_objs);
	bool fresh;

	__clear_bit(index, span->bits);
	span->nr_free--;
	fresh = index >= span->fresh;
	span->fresh = max_t(unsigned int, span->fresh, index + 1);
	return mspan_object(span, index) | (fresh ? OBJ_FRESH : 0);
}

/**
 * mspan_put() - make an object free again
 * @span: the span; mcentral.lock held
 * @index: the object
 *
 * Return: false if it was free already: the caller reports a double free.
 */
bool mspan_put(struct mspan *span, unsigned int index)
{
	if (__test_and_set_bit(index, span->bits))
		return false;
	span->nr_free++;
	kspan_assert(span->nr_free <= size_classes[span->class].nr_objs);
	return true;
}

/* Undo mspan_put(). */
void mspan_unput(struct mspan *span, unsigned int index)
{
	__clear_bit(index, span->bits);
	span->nr_free--;
}

/**
 * mspan_construct() - call the owner's constructor for each object
 * @span: the span, after mspan_begin(); only the caller knows it
 */
void mspan_construct(struct mspan *span)
{
	const struct size_class *sc = &size_classes[span->class];
	unsigned int i;

	kasan_unpoison_object((void *)span->base, sc->nr_objs * (size_t)sc->size);
	for (i = 0; i < sc->nr_objs; i++)
		span->owner->ctor((void *)mspan_object(span, i));
	kasan_poison_range((void *)span->base, sc->nr_objs * (size_t)sc->size);
	span->fresh = sc->nr_objs;
}

/**
 * mspan_reset() - make all objects free
 * @span: of a class; mcentral.lock held
 *
 * Return: how many were not free.
 */
unsigned int mspan_reset(struct mspan *span)
{
	const struct size_class *sc = &size_classes[span->class];
	unsigned int n = sc->nr_objs - span->nr_free;

	bitmap_set(span->bits, 0, sc->nr_objs);
	if (span->class == CLASS_TINY)
		memset(mspan_tiny_words(span), 0, TINY_WORDS * sizeof(long));
	span->nr_free = sc->nr_objs;
	return n;
}

/* Bytes of all spans' descriptions. */
u64 mspan_metadata_bytes(void)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caches); i++)
		sum += atomic_long_read(&caches[i].nr) * (u64)cache_object_size(&caches[i]);
	return sum;
}

int mspan_caches_create(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		caches[i].slab = kmem_cache_create(caches[i].name, cache_object_size(&caches[i]), 0,
						   SLAB_TYPESAFE_BY_RCU, NULL);
		if (!caches[i].slab) {
			mspan_caches_destroy();
			return -ENOMEM;
		}
	}
	return 0;
}

/* Only called when no span exists: after a leak the caches stay. */
void mspan_caches_destroy(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		kmem_cache_destroy(caches[i].slab);
		caches[i].slab = NULL;
	}
}
