// SPDX-License-Identifier: GPL-2.0
/*
 * pool: a heap that uses a single class, and a stock of objects set aside. The exported functions
 * are documented in include/kspan/pool.h.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <kspan/pool.h>
#include "api/api.h"
#include "base/names.h"
#include "base/params.h"
#include "heap/alloc.h"
#include "heap/debug.h"
#include "heap/heaps.h"
#include "heap/profile.h"
#include "pages/report.h"
#include "upkeep/totals.h"

/* Objects in a stock: kvmalloc() refuses a larger array, with a warning. */
#define MAX_STOCK	((unsigned int)(INT_MAX / sizeof(void *)))

#define POOL_FLAGS	(KSPAN_HEAP_ZERO_ON_FREE | KSPAN_HEAP_KEEP_LEAKS | HEAP_PLACE_FLAGS)

/**
 * struct kspan_pool - objects of one size
 * @mcaches: those of @heap
 * @slot: offset of the class's slot in an mcache, for the shortest path
 * @slot_zeroed: the same for the path that zeroes
 * @hot_bytes: bytes of an object to zero, if they are at most HOT_BYTES and it has no constructor
 * @class: the size class
 * @special: flags that keep an allocation off the shortest path; changes with the profile
 * @size: requested bytes
 * @heap: the heap that the objects come from
 * @lock: guards @stock and @nr_stock; raw, as on PREEMPT_RT a caller may be unable to sleep
 * @stock: objects set aside
 * @nr_stock: their number; also read without @lock, to decide whether to take @lock
 */
struct kspan_pool {
	struct mcache * __percpu *mcaches;
	u16 slot;
	u16 slot_zeroed;
	u16 hot_bytes;
	u8 class;
	gfp_t special;
	u32 size;
	struct kspan_heap *heap;
	raw_spinlock_t lock;
	void **stock;
	unsigned int nr_stock;
};

/* pool->lock held; the stock is not empty. */
static void *stock_take(struct kspan_pool *pool)
{
	WRITE_ONCE(pool->nr_stock, pool->nr_stock - 1);
	return pool->stock[pool->nr_stock];
}

static void *stock_pop(struct kspan_pool *pool)
{
	unsigned long irqflags;
	void *obj = NULL;

	if (!READ_ONCE(pool->nr_stock) || in_nmi())
		return NULL;
	raw_spin_lock_irqsave(&pool->lock, irqflags);
	if (pool->nr_stock)
		obj = stock_take(pool);
	raw_spin_unlock_irqrestore(&pool->lock, irqflags);
	return obj;
}

/* Take @n objects, or none. Return: whether they were taken. */
static bool stock_take_all(struct kspan_pool *pool, unsigned int n, void **objs)
{
	unsigned long irqflags;
	bool enough;

	if (READ_ONCE(pool->nr_stock) < n || in_nmi())
		return false;
	raw_spin_lock_irqsave(&pool->lock, irqflags);
	enough = pool->nr_stock >= n;
	while (enough && n)
		objs[--n] = stock_take(pool);
	raw_spin_unlock_irqrestore(&pool->lock, irqflags);
	return enough;
}

static __always_inline bool flags_refused(const struct kspan_pool *pool, gfp_t gfp)
{
	gfp_t bad = gfp & (gfp_unsupported(pool->heap) |
			   (pool->heap->owner.ctor ? __GFP_ZERO : 0));

	if (likely(!bad))
		return false;
	report_bad_flags(bad, _RET_IP_);
	return true;
}

/* From the class, or from the stock; with __GFP_NOFAIL whatever it takes after that. */
static void *alloc_or_take(struct kspan_pool *pool, gfp_t gfp)
{
	void *obj;

	obj = alloc_try_class(pool->heap, pool->class, pool->size, gfp & ~__GFP_NOFAIL) ?:
	      stock_pop(pool);
	if (!obj && (gfp & __GFP_NOFAIL))
		obj = alloc_try_class(pool->heap, pool->class, pool->size, gfp);
	return obj;
}

static noinline void *pool_alloc_other(struct kspan_pool *pool, gfp_t gfp)
{
	void *obj;

	if (flags_refused(pool, gfp))
		return NULL;
	obj = alloc_or_take(pool, gfp);
	if (obj && (gfp & __GFP_THISNODE) && !alloc_is_on_node(heap_here(pool->heap), obj)) {
		free_other(obj);
		obj = NULL;
	}
	if (!obj)
		report_failure(&pool->heap->owner, pool->size, gfp);
	return obj;
}

static noinline void *pool_alloc_cold(struct kspan_pool *pool, gfp_t gfp)
{
	void *obj;

	if (gfp & GFP_UNUSUAL || pool->heap->owner.ctor)
		return pool_alloc_other(pool, gfp);
	debug_might_alloc(gfp);
	obj = alloc_zeroed_at_hand(pool->mcaches, pool->slot_zeroed, pool->class);
	return likely(obj) ? obj : pool_alloc_other(pool, gfp);
}

/* As alloc_unusual(); also with a constructor. */
static notrace noinline void *pool_alloc_unusual(struct kspan_pool *pool, gfp_t gfp)
{
	bool zeroes = want_init_on_alloc(gfp);
	void *obj;

	if (unlikely(gfp & GFP_UNUSUAL || (zeroes && !pool->hot_bytes)))
		return pool_alloc_other(pool, gfp);
	debug_might_alloc(gfp);
	obj = alloc_at_hand(pool->mcaches, pool->slot_zeroed);
	if (unlikely(!obj))
		return pool_alloc_other(pool, gfp);
	if (zeroes)
		object_clear_by_stores(obj, pool->hot_bytes);
	return likely(profile_go_on(pool->size)) ? obj : profile_sample(obj, pool->size);
}

/* As alloc_special(). */
static notrace noinline void *pool_alloc_special(struct kspan_pool *pool, gfp_t gfp)
{
	void *obj;

	if (unlikely(flags_in_word(gfp, &alloc_unusual_flags)))
		return pool_alloc_unusual(pool, gfp);
	if (unlikely(!pool->hot_bytes))
		return pool_alloc_cold(pool, gfp);
	debug_might_alloc(gfp);
	preempt_disable();
	obj = alloc_pop(this_cpu_read(*pool->mcaches), pool->slot_zeroed);
	if (likely(obj)) {
		object_clear_by_stores(obj, pool->hot_bytes);
		return alloc_done(obj);
	}
	preempt_enable();
	return pool_alloc_other(pool, gfp);
}

notrace void *kspan_pool_alloc(struct kspan_pool *pool, gfp_t gfp)
{
	void *obj;

	if (unlikely(flags_in_word(gfp, &pool->special)))
		return pool_alloc_special(pool, gfp);
	debug_might_alloc(gfp);
	obj = alloc_at_hand(pool->mcaches, pool->slot);
	if (unlikely(!obj))
		return pool_alloc_other(pool, gfp);
	return obj;
}
EXPORT_SYMBOL_KSPAN(kspan_pool_alloc);

static noinline void pool_free_other(struct kspan_pool *pool, const void *p, unsigned long caller)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	if (api_comes_from(pool->heap, p))
		free_object(p);
	else
		report_wrong_pool(p, &pool->heap->owner, caller);
}

notrace void kspan_pool_free(struct kspan_pool *pool, const void *p)
{
	if (unlikely(!free_at_hand(p, pool->mcaches, true)))
		pool_free_other(pool, p, _RET_IP_);
}
EXPORT_SYMBOL_KSPAN(kspan_pool_free);

unsigned int kspan_pool_alloc_bulk(struct kspan_pool *pool, gfp_t gfp, unsigned int n, void **objs)
{
	unsigned int i = 0;

	if (flags_refused(pool, gfp))
		return 0;
	if (!flags_in_word(gfp, &pool->special))
		i = alloc_many_at_hand(pool->mcaches, pool->slot, n, objs);
	else if (!flags_in_word(gfp, &alloc_unusual_flags))
		i = alloc_many_zeroed(pool->mcaches, pool->slot_zeroed, pool->class, n, objs);
	for (; i < n; i++) {
		objs[i] = flags_in_word(gfp, &pool->special) ?
			  NULL : alloc_at_hand(pool->mcaches, pool->slot);
		if (!objs[i] && gfp & __GFP_NOFAIL)
			objs[i] = alloc_or_take(pool, gfp);
		else if (!objs[i])
			objs[i] = alloc_try_class(pool->heap, pool->class, pool->size, gfp);
		if (unlikely(!objs[i]))
			break;
	}
	if (likely(i == n) || stock_take_all(pool, n - i, objs + i))
		return n;
	kspan_free_bulk(i, objs);
	report_failure(&pool->heap->owner, pool->size, gfp);
	return 0;
}
EXPORT_SYMBOL_KSPAN(kspan_pool_alloc_bulk);

static void stock_drop(struct kspan_pool *pool)
{
	void *obj;

	while ((obj = stock_pop(pool)))
		kspan_free(obj);
}

/* Allocate @n objects, or none. Return: whether they were allocated. */
static bool alloc_objects(struct kspan_pool *pool, gfp_t gfp, unsigned int n, void **objs)
{
	unsigned int i;

	if (!pool->heap->owner.ctor)
		gfp |= __GFP_ZERO;	/* a later caller may ask for zeros */
	migrate_disable();	/* another CPU cannot use this CPU's cached objects */
	for (i = 0; i < n; i++) {
		objs[i] = alloc_try_class(pool->heap, pool->class, pool->size, gfp);
		if (!objs[i])
			break;
	}
	migrate_enable();
	if (i == n)
		return true;
	kspan_free_bulk(i, objs);
	return false;
}

/* Bring the stock to @n objects, or to fewer if some are taken during the call. */
static int fill_stock(struct kspan_pool *pool, unsigned int n, gfp_t gfp)
{
	unsigned int i = n - min(n, READ_ONCE(pool->nr_stock)), left;
	void **objs;

	objs = kvmalloc_array(max(n, 1U), sizeof(*objs), (gfp & ~__GFP_ACCOUNT) | __GFP_NOWARN);
	/* Allocate the new objects first: on failure the stock is unchanged. */
	if (!objs || !alloc_objects(pool, gfp, i, objs)) {
		kvfree(objs);
		report_failure(&pool->heap->owner, n * (size_t)pool->size, gfp);
		return -ENOMEM;
	}
	raw_spin_lock_irq(&pool->lock);
	while (i < n && pool->nr_stock)
		objs[i++] = stock_take(pool);
	swap(pool->stock, objs);
	left = pool->nr_stock;
	WRITE_ONCE(pool->nr_stock, i);
	raw_spin_unlock_irq(&pool->lock);
	kspan_free_bulk(left, objs);
	kvfree(objs);
	return 0;
}

int kspan_pool_prefill(struct kspan_pool *pool, unsigned int n, gfp_t gfp)
{
	int err;

	if (gfp & GFP_SPECIAL) {
		report_bad_flags(gfp & GFP_SPECIAL, _RET_IP_);
		return -EINVAL;
	}
	if (n > MAX_STOCK) {
		pr_err_ratelimited("pool \"%s\" refused: a stock of %u objects; give up to %u\n",
				   pool->heap->owner.name, n, MAX_STOCK);
		return -E2BIG;
	}
	do {
		err = fill_stock(pool, n, gfp);
	} while (!err && READ_ONCE(pool->nr_stock) < n);
	return err;
}
EXPORT_SYMBOL_KSPAN(kspan_pool_prefill);

static unsigned int class_of(size_t size, const struct kspan_pool_params *params)
{
	return size_class_aligned(size, max_t(size_t, params->align, 1));
}

/* In debug mode Z there is a red zone behind each object, unless no class has room for it. */
static unsigned int class_to_use(size_t size, const struct kspan_pool_params *params)
{
	unsigned int class = class_of(size, params);
	unsigned int larger = param_debug() & DEBUG_RED_ZONES ? debug_class(class, size) : class;

	if (larger == CLASS_LARGE ||
	    (params->limit && params->limit < size_classes[larger].npages * KSPAN_PAGE_SIZE))
		return class;
	return larger;
}

static size_t span_bytes(size_t size, const struct kspan_pool_params *params)
{
	return size_classes[class_of(size, params)].npages * KSPAN_PAGE_SIZE;
}

static int check_params(const char *name, size_t size, const struct kspan_pool_params *params)
{
	if (!size || size > KSPAN_MAX_SMALL)
		pr_err("pool \"%s\" refused: objects of %zu bytes; give 1 to %u\n", name, size,
		       KSPAN_MAX_SMALL);
	else if (params->align &&
		 (!is_power_of_2(params->align) || params->align > KSPAN_MAX_SMALL))
		pr_err("pool \"%s\" refused: alignment %zu; give a power of two up to %u\n", name,
		       params->align, KSPAN_MAX_SMALL);
	else if (params->limit && params->limit < span_bytes(size, params))
		pr_err("pool \"%s\" refused: limit of %zu bytes; its objects come %zu bytes at a time\n",
		       name, params->limit, span_bytes(size, params));
	else if (params->flags & ~POOL_FLAGS)
		pr_err("pool \"%s\" refused: unknown flags %#lx\n", name,
		       params->flags & ~POOL_FLAGS);
	else if (params->ctor && (params->flags & KSPAN_HEAP_ZERO_ON_FREE))
		pr_err("pool \"%s\" refused: a constructor, and zeros on free\n", name);
	else
		return 0;
	return -EINVAL;
}

/* With init_on_alloc=1 all objects are zeroed, unless the pool has a constructor. */
static void set_paths(struct kspan_pool *pool)
{
	const struct owner *owner = &pool->heap->owner;
	bool zeroes = !owner->ctor && want_init_on_alloc(0);
	bool hooks = OBJECT_HOOKS;
	u16 slot = mspan_slot_offset(hooks ? 0 : owner_index(owner, pool->class));

	heaps_set_special(pool->heap, &pool->special);
	pool->slot = zeroes ? mspan_slot_offset(0) : slot;
	pool->slot_zeroed = slot;
	if (!owner->ctor && size_classes[pool->class].size <= HOT_BYTES)
		pool->hot_bytes = size_classes[pool->class].size;
}

struct kspan_pool *kspan_pool_create(const char *name, size_t size,
				     const struct kspan_pool_params *params)
{
	static const struct kspan_pool_params defaults;
	struct kspan_heap_params heap_params;
	struct kspan_pool *pool;
	int err;

	params = params ?: &defaults;
	heap_params = (struct kspan_heap_params) {
		.limit = params->limit,
		.magazine_kb = params->magazine_kb,
		.flags = params->flags,
	};
	err = name_check("pool", name) ?: check_params(name, size, params);
	if (err)
		return ERR_PTR(err);
	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	pool->heap = api_heap_create(name, &heap_params, params->ctor, class_to_use(size, params),
				     _RET_IP_);
	if (IS_ERR(pool->heap)) {
		err = PTR_ERR(pool->heap);
		kfree(pool);
		return ERR_PTR(err);
	}
	raw_spin_lock_init(&pool->lock);
	pool->mcaches = pool->heap->owner.mcaches;
	pool->size = size;
	pool->class = pool->heap->owner.first_class;
	set_paths(pool);
	return pool;
}
EXPORT_SYMBOL_KSPAN(kspan_pool_create);

void kspan_pool_destroy(struct kspan_pool *pool)
{
	if (IS_ERR_OR_NULL(pool))
		return;
	heap_set_shortage(pool->heap, NULL, NULL);	/* it may use the pool */
	stock_drop(pool);
	kvfree(pool->stock);
	heaps_set_special(pool->heap, NULL);
	api_heap_destroy(pool->heap);
	kfree(pool);
}
EXPORT_SYMBOL_KSPAN(kspan_pool_destroy);

int kspan_pool_reset(struct kspan_pool *pool)
{
	unsigned int n = pool->nr_stock;

	stock_drop(pool);
	heap_reset(pool->heap);
	return n ? kspan_pool_prefill(pool, n, GFP_KERNEL) : 0;
}
EXPORT_SYMBOL_KSPAN(kspan_pool_reset);

struct kspan_heap *kspan_pool_heap(struct kspan_pool *pool)
{
	return pool->heap;
}
EXPORT_SYMBOL_KSPAN(kspan_pool_heap);

void *kspan_pool_mempool_alloc(gfp_t gfp, void *pool)
{
	return kspan_pool_alloc(pool, gfp);
}
EXPORT_SYMBOL_KSPAN(kspan_pool_mempool_alloc);

void kspan_pool_mempool_free(void *element, void *pool)
{
	kspan_pool_free(pool, element);
}
EXPORT_SYMBOL_KSPAN(kspan_pool_mempool_free);

size_t kspan_pool_object_size(const struct kspan_pool *pool)
{
	return pool->size;
}
EXPORT_SYMBOL_KSPAN(kspan_pool_object_size);

void kspan_pool_get_stats(struct kspan_pool *pool, struct kspan_stats *stats)
{
	totals_read(pool->heap, stats);
}
EXPORT_SYMBOL_KSPAN(kspan_pool_get_stats);
