// SPDX-License-Identifier: GPL-2.0
/*
 * mcentral_objects: the objects of the shared spans of a class: how slots claim them, and how they
 * come back, also by late frees. See mcentral.h for the lock.
 */
#include "central/mcentral_lists.h"
#include "pages/pagemap.h"
#include "pages/report.h"

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
 * Objects that are free already, having been freed twice, are reported. Interrupts are off for
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
		report_late_double_free(twice, central->class, nr_refused);
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
		report_late_double_free((void *)first, central->class, hweight_long(bits));
		return;
	}
	mheap_free_late_word(span, mspan_index(span, first) / BITS_PER_LONG, bits);
}

/*
 * Free the objects of a word of late bits. Return: how many. Those that were free already are added
 * to @nr_twice, and @twice is set to one.
 */
static unsigned int put_late_word(struct mcentral *central, struct mspan *span, unsigned int w,
				  void **twice, unsigned int *nr_twice)
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
			++*nr_twice;
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
	unsigned int w, n = 0, nr_twice = 0, was_free;
	unsigned long irqflags;
	void *twice;
	bool all;

	mheap_assert_locked();
	/* After this another late free puts the span on the list again. */
	atomic_long_andnot(MSPAN_LATE, &span->state);
	smp_mb__after_atomic();		/* before the bits are read */
	for (w = 0; w < size_classes[span->class].words; w++) {
		spin_lock_irqsave(&central->lock, irqflags);
		was_free = span->nr_free;
		n += put_late_word(central, span, w, &twice, &nr_twice);
		file_span(central, span, was_free);
		spin_unlock_irqrestore(&central->lock, irqflags);
	}
	all = atomic_long_sub_return(n * MSPAN_LATE_ONE, &span->state) < MSPAN_LATE_ONE;
	if (nr_twice)
		report_late_double_free(twice, central->class, nr_twice);
	return all;
}
