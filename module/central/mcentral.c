// SPDX-License-Identifier: GPL-2.0
/*
 * mcentral: the shared spans of a class; see mcentral.h for the lock.
 *
 * The number of free objects of a span determines its list; see partial_list() and file_span().
 * The fuller of the partial spans serve first, so that the others get empty and go back.
 */
#include "central/mcentral.h"
#include "pages/pagemap.h"
#include "pages/report.h"
#include "pages/span_alloc.h"

/*
 * A slot may claim this many bytes of objects even if it asked for fewer, which saves it the next
 * call. The other objects stay in the span, for other CPUs.
 */
#define CLAIM_BYTES	2048U

static_assert(BITS_PER_LONG <= MCENTRAL_AT_ONCE);	/* a claim is worked on at once */

#ifdef KSPAN_DEBUG
unsigned int mcentral_most_at_once;

static void note_objects(unsigned int n)
{
	if (n > READ_ONCE(mcentral_most_at_once))
		WRITE_ONCE(mcentral_most_at_once, n);
}
#else
static void note_objects(unsigned int n) { }
#endif

/* The list of a span with both free and live objects, of which @nr_free are free. */
static struct list_head *partial_list(struct mcentral *central, unsigned int nr_free)
{
	return &central->partial[nr_free > size_classes[central->class].nr_objs / 2];
}

/* A span without live objects, or NULL: such spans come first on their list. */
static struct mspan *first_empty(struct mcentral *central)
{
	struct mspan *span = list_first_entry_or_null(&central->rest, struct mspan, list);

	return span && span->nr_free ? span : NULL;
}

/*
 * Hand spans without live objects to mheap, a few at a time, as interrupts are off meanwhile. mheap
 * calls this for a class that it took off its list. @is_idle stays set until no such span is left.
 */
static bool take_empty(struct mheap_idle *idle, struct list_head *out)
{
	struct mcentral *central = container_of(idle, struct mcentral, idle);
	unsigned int n = MCENTRAL_AT_ONCE;
	unsigned long irqflags;
	struct mspan *span;
	bool more;

	spin_lock_irqsave(&central->lock, irqflags);
	while (n-- && (span = first_empty(central))) {
		if (atomic_long_read(&span->state) & MSPAN_LATE) {
			/* An object was freed twice, late: the drain of late frees puts it back. */
			list_move_tail(&span->list, partial_list(central, span->nr_free));
			continue;
		}
		central->nr_spans--;
		central->nr_free -= span->nr_free;
		list_move_tail(&span->list, out);
	}
	more = first_empty(central);
	if (!more)
		clear_bit(0, &central->is_idle);
	spin_unlock_irqrestore(&central->lock, irqflags);
	return more;
}

void mcentral_init(struct mcentral *central, struct owner *owner, unsigned int class)
{
	spin_lock_init(&central->lock);
	INIT_LIST_HEAD(&central->partial[0]);
	INIT_LIST_HEAD(&central->partial[1]);
	INIT_LIST_HEAD(&central->rest);
	central->idle.take = take_empty;
	central->owner = owner;
	central->class = class;
}

static bool span_is_empty(const struct mspan *span)
{
	/* A span on the list of late frees must not end. */
	return span->nr_free == size_classes[span->class].nr_objs &&
	       !(atomic_long_read(&span->state) & MSPAN_LATE);
}

/* Tell mheap that there is an empty span. */
static void announce_idle(struct mcentral *central)
{
	if (!test_bit(0, &central->is_idle) && !test_and_set_bit(0, &central->is_idle))
		mheap_offer_idle(&central->idle);
}

/* Put a span on the list for its number of free objects; @was_free is the number before. */
static void file_span(struct mcentral *central, struct mspan *span, unsigned int was_free)
{
	lockdep_assert_held(&central->lock);
	if (span_is_empty(span)) {
		list_move(&span->list, &central->rest);
		announce_idle(central);
	} else if (!span->nr_free) {
		list_move_tail(&span->list, &central->rest);
	} else if (!was_free) {
		list_move_tail(&span->list, partial_list(central, span->nr_free));
	} else if (was_free == size_classes[span->class].nr_objs ||
		   partial_list(central, was_free) != partial_list(central, span->nr_free)) {
		list_move(&span->list, partial_list(central, span->nr_free));
	}
}

/* Prefer a partial span to an empty one: partial spans fill up, and empty ones can go back. */
static struct mspan *pick_span(struct mcentral *central)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(central->partial); i++)
		if (!list_empty(&central->partial[i]))
			return list_first_entry(&central->partial[i], struct mspan, list);
	return first_empty(central);
}

/* The most objects that the next claim may have. */
static unsigned int claim_limit(const struct mspan *span, unsigned int claim_max)
{
	return min3((unsigned int)span->nr_free, claim_max, (unsigned int)BITS_PER_LONG);
}

/*
 * Claim until there are @nr_wanted objects, or the next claim might exceed MCENTRAL_AT_ONCE.
 * Return: number of claims; @nr_objs is set to the number of objects in them.
 */
static unsigned int claim_some(struct mcentral *central, struct claim *claims, unsigned int max,
			       unsigned int nr_wanted, unsigned int claim_max,
			       unsigned int *nr_objs)
{
	unsigned int n = 0, was_free;
	struct mspan *span;

	lockdep_assert_held(&central->lock);
	*nr_objs = 0;
	while (n < max && *nr_objs < nr_wanted) {
		span = pick_span(central);
		if (!span || *nr_objs + claim_limit(span, claim_max) > MCENTRAL_AT_ONCE)
			break;
		was_free = span->nr_free;
		mspan_claim(span, &claims[n], claim_max);
		file_span(central, span, was_free);
		*nr_objs += claims[n++].n;
	}
	central->nr_free -= *nr_objs;
	note_objects(*nr_objs);
	return n;
}

/**
 * mcentral_claim() - claim free objects for a slot
 * @central: the class
 * @claims: array for the claims
 * @max: length of the array
 * @nr_wanted: stop when the claims have this many objects in total
 *
 * Interrupts are off for MCENTRAL_AT_ONCE objects at a time.
 *
 * Return: number of claims. All but the last have fewer than @nr_wanted objects in total.
 */
unsigned int mcentral_claim(struct mcentral *central, struct claim *claims, unsigned int max,
			    unsigned int nr_wanted)
{
	unsigned int claim_max = max(nr_wanted, CLAIM_BYTES / size_classes[central->class].size);
	unsigned int n = 0, nr_objs = 0, some, some_objs;
	unsigned long irqflags;

	do {
		spin_lock_irqsave(&central->lock, irqflags);
		some = claim_some(central, claims + n, max - n, nr_wanted - nr_objs, claim_max,
				  &some_objs);
		central->refills += some && !n;
		spin_unlock_irqrestore(&central->lock, irqflags);
		n += some;
		nr_objs += some_objs;
	} while (some && n < max && nr_objs < nr_wanted);
	return n;
}

/* Claim up to @n objects of a class with one object a span. Return: how many there were. */
static unsigned int claim_some_single(struct mcentral *central, void **objs, unsigned int n)
{
	struct mspan *span;
	unsigned int i = 0;

	lockdep_assert_held(&central->lock);
	while (i < n && (span = pick_span(central))) {
		list_move_tail(&span->list, &central->rest);
		span->bits[0] = 0;
		span->nr_free = 0;
		span->fresh = 1;
		objs[i++] = (void *)span->base;
	}
	central->nr_free -= i;
	note_objects(i);
	return i;
}

/**
 * mcentral_claim_single() - claim objects of a class with one object a span
 * @central: the class
 * @objs: array for the objects
 * @n: number of objects wanted
 *
 * A short form of mcentral_claim(): each span claimed has no free object then.
 *
 * Return: number of objects claimed.
 */
unsigned int mcentral_claim_single(struct mcentral *central, void **objs, unsigned int n)
{
	unsigned int i = 0, step, some;
	unsigned long irqflags;

	do {
		step = min(n - i, MCENTRAL_AT_ONCE);
		spin_lock_irqsave(&central->lock, irqflags);
		some = claim_some_single(central, objs + i, step);
		central->refills += some && !i;
		spin_unlock_irqrestore(&central->lock, irqflags);
		i += some;
	} while (some == step && i < n);
	return i;
}

/**
 * mcentral_alloc_one() - allocate an object without an mcache
 * @central: the class
 *
 * Return: the object, with OBJ_FRESH, or 0 if no span has a free one.
 */
unsigned long mcentral_alloc_one(struct mcentral *central)
{
	unsigned long irqflags, obj = 0;
	struct mspan *span;
	unsigned int was_free;

	spin_lock_irqsave(&central->lock, irqflags);
	span = pick_span(central);
	if (span) {
		was_free = span->nr_free;
		obj = mspan_claim_one(span);
		file_span(central, span, was_free);
		central->nr_free--;
		central->direct_allocs++;
	}
	spin_unlock_irqrestore(&central->lock, irqflags);
	return obj;
}

/* Return: whether the object was live. */
static bool put_object(struct mcentral *central, struct mspan *span, unsigned int index)
{
	unsigned int was_free = span->nr_free;

	if (!mspan_put(span, index))
		return false;
	/* Usually the span was partial and stays on its list. */
	if (!was_free || span->nr_free == size_classes[span->class].nr_objs ||
	    partial_list(central, was_free) != partial_list(central, span->nr_free))
		file_span(central, span, was_free);
	return true;
}

/**
 * mcentral_free_one() - free an object without an mcache
 * @central: the class
 * @span: the object's span
 * @index: the object
 *
 * An object that is already free is reported as a double free.
 */
void mcentral_free_one(struct mcentral *central, struct mspan *span, unsigned int index)
{
	void *obj = (void *)mspan_object(span, index);
	unsigned long irqflags;
	bool was_live;

	spin_lock_irqsave(&central->lock, irqflags);
	was_live = put_object(central, span, index);
	central->nr_free += was_live;
	central->direct_frees += was_live;
	spin_unlock_irqrestore(&central->lock, irqflags);
	if (!was_live)
		report_double_free(obj, central->class, _RET_IP_);
}

/* The span of a freed object, or &no_span if a double free let its pages go to another span. */
static struct mspan *span_of(const struct mcentral *central, unsigned long obj)
{
	struct mspan *span = pagemap_lookup(obj);

	return likely(span->class == central->class && span->owner == central->owner) ? span :
										      &no_span;
}

/* Of a class with several objects in a span. Return: how many were free already; one in @twice. */
static unsigned int put_many(struct mcentral *central, void *const *objs, unsigned int n,
			     void **twice)
{
	struct mspan *span = &no_span;
	unsigned int i, nr_refused = 0;
	unsigned long addr;

	for (i = 0; i < n; i++) {
		addr = (unsigned long)objs[i];
		if (!mspan_covers(span, addr))
			span = span_of(central, addr);
		if (unlikely(span == &no_span ||
			     !put_object(central, span, mspan_index(span, addr)))) {
			*twice = (void *)addr;
			nr_refused++;
		}
	}
	return nr_refused;
}

/* The same of a class whose spans have one object each, without the detour. */
static unsigned int put_single(struct mcentral *central, void *const *objs, unsigned int n,
			       void **twice)
{
	unsigned int i, nr_refused = 0;
	struct mspan *span;

	for (i = 0; i < n; i++) {
		span = span_of(central, (unsigned long)objs[i]);
		if (unlikely(span == &no_span || span->bits[0])) {
			*twice = objs[i];
			nr_refused++;
			continue;
		}
		span->bits[0] = 1;
		span->nr_free = 1;
		file_span(central, span, 0);
	}
	return nr_refused;
}

/**
 * mcentral_put_locked() - take objects back from a magazine
 * @central: the class; its lock is held
 * @objs: their addresses
 * @n: how many, at most MCENTRAL_AT_ONCE
 * @twice: set to an object that was free already, for the caller to report
 *
 * Return: how many were free already, having been freed twice.
 */
unsigned int mcentral_put_locked(struct mcentral *central, void *const *objs, unsigned int n,
				 void **twice)
{
	unsigned int nr_refused;

	lockdep_assert_held(&central->lock);
	note_objects(n);
	kspan_assert(n <= MCENTRAL_AT_ONCE);
	nr_refused = size_classes[central->class].nr_objs == 1 ?
		     put_single(central, objs, n, twice) : put_many(central, objs, n, twice);
	central->nr_free += n - nr_refused;
	return nr_refused;
}

/**
 * mcentral_put() - take objects back from a magazine
 * @central: the class
 * @objs: their addresses
 * @n: how many
 *
 * An object that is free already, having been freed twice, is reported. Interrupts are off for
 * MCENTRAL_AT_ONCE objects at a time.
 *
 * Return: how many were free already.
 */
unsigned int mcentral_put(struct mcentral *central, void *const *objs, unsigned int n)
{
	unsigned int i, step, nr_refused = 0;
	unsigned long irqflags;
	void *twice;

	for (i = 0; i < n; i += step) {
		step = min(n - i, MCENTRAL_AT_ONCE);
		spin_lock_irqsave(&central->lock, irqflags);
		nr_refused += mcentral_put_locked(central, objs + i, step, &twice);
		spin_unlock_irqrestore(&central->lock, irqflags);
	}
	if (unlikely(nr_refused))
		report_double_free(twice, central->class, _RET_IP_);
	return nr_refused;
}

/*
 * The span of a claim, or &no_span: if all of its objects were freed a second time while they were
 * claimed, the span may have ended.
 */
static struct mspan *span_of_claim(const struct mcentral *central, unsigned long first)
{
	struct mspan *span = span_of(central, first);

	if (unlikely(!mspan_begins_at(span, first) || mspan_index(span, first) % BITS_PER_LONG))
		return &no_span;
	return span;
}

/**
 * mcentral_unclaim_late() - take back the objects of a claim that its slot did not use
 * @central: the class
 * @first: address of the object of bit 0
 * @bits: the objects
 *
 * Without a lock: they arrive as late frees do, which a claim is one word of.
 *
 * Context: Any, with preemption off.
 */
void mcentral_unclaim_late(struct mcentral *central, unsigned long first, unsigned long bits)
{
	struct mspan *span = span_of_claim(central, first);

	atomic_long_add(hweight_long(bits), &central->nr_unclaimed);
	if (unlikely(span == &no_span)) {
		report_double_free((void *)first, central->class, _RET_IP_);
		return;
	}
	mheap_free_late_word(span, mspan_index(span, first) / BITS_PER_LONG, bits);
}

/* Free the objects of a word of late bits. Return: how many; @twice is set to a double free. */
static unsigned int put_late_word(struct mcentral *central, struct mspan *span, unsigned int w,
				  void **twice)
{
	unsigned long bits = xchg(&mspan_late_bits(span)[w], 0);
	unsigned int index, n = 0;

	for (; bits; bits &= bits - 1, n++) {
		index = w * BITS_PER_LONG + __ffs(bits);
		if (span->class != CLASS_TINY)
			kmemleak_free((void *)mspan_object(span, index));
		if (mspan_put(span, index)) {
			central->nr_free++;
			central->direct_frees++;
		} else {
			*twice = (void *)mspan_object(span, index);
		}
	}
	note_objects(n);
	return n;
}

/**
 * mcentral_drain_late() - return the late-freed objects of a span
 * @central: its class
 * @span: the span, just taken off mheap's list; it does not end, as mheap.lock is held
 *
 * Interrupts are off for one word of bits at a time.
 *
 * Return: false if a counted late free has not set its bit yet: the caller queues the span again.
 */
bool mcentral_drain_late(struct mcentral *central, struct mspan *span)
{
	unsigned int w, n = 0, was_free;
	unsigned long irqflags;
	void *twice = NULL;
	bool all;

	mheap_assert_locked();
	/* After this another late free puts the span on the list again. */
	atomic_long_andnot(MSPAN_LATE, &span->state);
	smp_mb__after_atomic();		/* before the bits are read */
	for (w = 0; w < size_classes[span->class].words; w++) {
		spin_lock_irqsave(&central->lock, irqflags);
		was_free = span->nr_free;
		n += put_late_word(central, span, w, &twice);
		file_span(central, span, was_free);
		spin_unlock_irqrestore(&central->lock, irqflags);
	}
	all = atomic_long_sub_return(n * MSPAN_LATE_ONE, &span->state) < MSPAN_LATE_ONE;
	if (twice)
		report_double_free(twice, central->class, _RET_IP_);
	return all;
}

/**
 * mcentral_grow() - get a class another span
 * @central: the class
 * @gfp: the caller's flags, for span_alloc()
 *
 * Return: whether there may be free objects now.
 */
bool mcentral_grow(struct mcentral *central, gfp_t gfp)
{
	const struct size_class *sc = &size_classes[central->class];
	unsigned long irqflags;
	struct mspan *span;

	span = span_alloc(central->owner, central->class, sc->npages, sc->align_pages, gfp);
	/* span_alloc() may have drained late frees of this class; rechecked under the lock. */
	if (!span)
		return peek(central->nr_free) ||
		       span_alloc_again(central->owner, sc->npages, sc->align_pages, gfp);
	if (central->owner->ctor)
		mspan_construct(span);
	spinning_begin();
	spin_lock_irqsave(&central->lock, irqflags);
	central->nr_spans++;
	central->nr_free += span->nr_free;
	/* If another span serves the caller, this one may go back unused. */
	list_add(&span->list, &central->rest);
	announce_idle(central);
	spin_unlock_irqrestore(&central->lock, irqflags);
	spinning_end();
	return true;
}

/**
 * mcentral_reset_span() - make all objects of a span free
 * @central: the class
 * @span: one of its spans; no slot has a claim on it
 *
 * The span is then empty, but mheap is not told: after a reset a heap is usually filled again.
 */
void mcentral_reset_span(struct mcentral *central, struct mspan *span)
{
	unsigned int n;

	spin_lock_irq(&central->lock);
	n = mspan_reset(span);
	central->nr_free += n;
	central->direct_frees += n;
	list_move(&span->list, &central->rest);
	spin_unlock_irq(&central->lock);
}

/**
 * mcentral_offer_empty() - tell mheap of empty spans
 * @central: the class
 */
void mcentral_offer_empty(struct mcentral *central)
{
	unsigned long irqflags;

	spin_lock_irqsave(&central->lock, irqflags);
	if (first_empty(central))
		announce_idle(central);
	spin_unlock_irqrestore(&central->lock, irqflags);
}

/**
 * mcentral_add_large() - keep a large span of a heap on a list
 * @central: of CLASS_LARGE
 * @span: the span; of no region
 *
 * Context: Any that may take a spinlock.
 */
void mcentral_add_large(struct mcentral *central, struct mspan *span)
{
	unsigned long irqflags;

	spinning_begin();
	spin_lock_irqsave(&central->lock, irqflags);
	list_add_tail(&span->list, &central->rest);
	spin_unlock_irqrestore(&central->lock, irqflags);
	spinning_end();
}

/* Undo mcentral_add_large(): the span ends. */
void mcentral_remove_large(struct mcentral *central, struct mspan *span)
{
	unsigned long irqflags;

	spin_lock_irqsave(&central->lock, irqflags);
	list_del_init(&span->list);
	spin_unlock_irqrestore(&central->lock, irqflags);
}

static void walk_list(struct list_head *list, void (*fn)(struct mspan *span, void *arg), void *arg)
{
	struct mspan *span, *next;

	list_for_each_entry_safe(span, next, list, list) {
		fn(span, arg);
		cond_resched();
	}
}

/**
 * mcentral_walk() - call a function for each span of a class
 * @central: the class; its heap is not in use, and no slot, depot or late free has an object of it
 * @fn: the function; it may make all objects of the span free
 * @arg: for @fn
 *
 * Without such objects only mheap changes the lists, and @fn: the spans that it makes empty go to
 * the head of @rest, which the walk has passed.
 *
 * Context: Process context, mheap.lock held.
 */
void mcentral_walk(struct mcentral *central, void (*fn)(struct mspan *span, void *arg), void *arg)
{
	mheap_assert_locked();
	walk_list(&central->rest, fn, arg);
	walk_list(&central->partial[0], fn, arg);
	walk_list(&central->partial[1], fn, arg);
}
