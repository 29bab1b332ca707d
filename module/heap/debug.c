// SPDX-License-Identifier: GPL-2.0
/*
 * debug: see debug.h. The mode of a heap may change during each of these functions, so each reads
 * it once: what it writes is of the period that it read, and unknown in any other.
 */
#include <linux/log2.h>
#include "base/params.h"
#include "heap/debug.h"
#include "cpu/mcache.h"
#include "heap/large_span.h"
#include "heap/quarantine.h"
#include "pages/object.h"
#include "pages/pagemap.h"
#include "pages/poison.h"
#include "pages/report_object.h"
#include "pages/stacks.h"

/* KASAN's shadow does what filling memory is for. */
static bool fills(u32 debug, u32 letter)
{
	return !KSPAN_KASAN && (debug & letter);
}

static u32 stack_if_wanted(u32 debug)
{
	return debug & DEBUG_USERS ? stacks_save() : 0;
}

/**
 * debug_class() - the class for an object and its red zone
 * @class: class for the object alone
 * @size: requested bytes
 *
 * Return: a class of the same alignment at least, or CLASS_LARGE.
 */
unsigned int debug_class(unsigned int class, size_t size)
{
	return size_class_aligned(size + RED_ZONE, size_class_align(class));
}

/* Check and prepare an object, which has OBJ_FRESH, and record that it is live. */
static void *begin_object(u32 debug, unsigned long obj, size_t size, gfp_t gfp)
{
	struct mspan *span = pagemap_find(obj);
	struct record *rec = record_make(span, (void *)(obj & ~OBJ_FRESH), gfp);
	bool ctor = span->owner->ctor;
	size_t usable = record_bytes(span);
	void *p = (void *)(obj & ~OBJ_FRESH);

	if (rec && record_state(rec, debug) & RECORD_POISONED)
		poison_check(span, rec, p);
	/* A constructed object is not zeroed. What others hold is not trusted to be zero. */
	p = object_alloc(ctor ? obj | OBJ_FRESH : (unsigned long)p, usable, size, gfp);
	if (fills(debug, DEBUG_POISON) && !ctor && !want_init_on_alloc(gfp))
		memset(p, POISON_UNUSED, size);
	if (!rec)
		return p;
	if (fills(debug, DEBUG_RED_ZONES))
		memset(p + size, POISON_RED, usable - size);
	rec->alloc_stack = stack_if_wanted(debug);
	rec->free_stack = 0;
	rec->slack = usable - size;
	/* A report may read it without a lock. */
	smp_store_release(&rec->state, RECORD_LIVE | DEBUG_PERIOD(debug) |
			  (fills(debug, DEBUG_RED_ZONES) ? RECORD_RED : 0));
	return p;
}

/**
 * debug_alloc_large() - allocate an object with a span of its own
 * @heap: the heap
 * @size: bytes
 * @align: bytes, a power of two, at least a page
 * @gfp: allocation flags
 *
 * Return: the object, or NULL.
 */
void *debug_alloc_large(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp)
{
	u32 debug = owner_debug(&heap->owner);
	unsigned long obj;

	if (size > LARGE_MAX_BYTES)	/* before the sum, which may be small again */
		return NULL;
	obj = large_take(heap, size + (debug & DEBUG_RED_ZONES ? RED_ZONE : 0), align, gfp);
	return obj ? begin_object(debug, obj, size, gfp) : NULL;
}

/**
 * debug_alloc() - allocate an object of a class
 * @heap: the heap
 * @class: class for the object alone; if it gets a red zone, and the heap is no pool, it comes from
 *	a larger one
 * @size: requested bytes
 * @gfp: allocation flags
 *
 * Return: the object, or NULL.
 */
void *debug_alloc(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp)
{
	u32 debug = owner_debug(&heap->owner);
	size_t align = size_class_align(class);
	unsigned long obj;

	if ((debug & DEBUG_RED_ZONES) && !heap->is_pool)
		class = debug_class(class, size);
	if (class == CLASS_LARGE)
		return debug_alloc_large(heap, size, max(align, KSPAN_PAGE_SIZE), gfp);
	obj = mcache_alloc_slow(heap, class, gfp);
	return obj ? begin_object(debug, obj, size, gfp) : NULL;
}

/**
 * debug_note() - record an object whose allocation began before the heap was in debug mode
 * @obj: its address, with OBJ_FRESH
 *
 * Its last record may tell that it is free.
 */
void debug_note(unsigned long obj)
{
	const void *p = (void *)(obj & ~OBJ_FRESH);
	struct record *rec = record_of(pagemap_find(obj), p);

	if (rec)
		WRITE_ONCE(rec->state, RECORD_UNKNOWN);
}

/* Wipe and poison an object that was taken from its user. */
static void wipe(struct mspan *span, void *obj)
{
	u32 debug = owner_debug(span->owner), state;
	struct record *rec = record_of(span, obj);
	size_t usable = record_bytes(span);

	object_free(obj, usable, owner_zeroes_freed(span->owner));
	state = rec ? record_state(rec, debug) : RECORD_UNKNOWN;
	if (!record_is(state, RECORD_FREE) || !fills(debug, DEBUG_POISON) || span->owner->ctor)
		return;
	poison_fill(obj, usable);
	WRITE_ONCE(rec->state, state | RECORD_POISONED);
}

/**
 * debug_take() - check a free, and take the object from its user
 * @span: its span
 * @obj: where an object begins
 * @caller: for the report
 *
 * Context: Any, NMI included.
 * Return: false if the object was free already. Else the caller goes on with debug_end().
 */
bool debug_take(struct mspan *span, const void *obj, unsigned long caller)
{
	u32 debug = owner_debug(span->owner), state;
	struct record *rec = record_of(span, obj);

	state = rec ? record_state(rec, debug) : RECORD_UNKNOWN;
	if (record_is(state, RECORD_UNKNOWN))
		return true;
	if (!record_is(state, RECORD_LIVE) ||
	    cmpxchg(&rec->state, state, RECORD_FREE | DEBUG_PERIOD(debug)) != state) {
		report_object_free(span, rec, obj, caller);
		return false;
	}
	rec->free_stack = stack_if_wanted(debug);
	if (state & RECORD_RED)
		poison_check_red(span, rec, obj);
	return true;
}

/* Give a wiped object to its span. */
static void give(struct mspan *span, void *obj)
{
	if (span->class == CLASS_LARGE)
		large_give(span);
	else
		mcache_free_slow(span, obj);
}

/* An object leaves the quarantine. */
static void release(void *obj)
{
	struct mspan *span = pagemap_find((unsigned long)obj);
	struct record *rec = record_of(span, obj);
	u32 state = READ_ONCE(rec->state);

	if (state & RECORD_POISONED)
		poison_check(span, rec, obj);
	WRITE_ONCE(rec->state, (state & ~RECORD_STATES) | RECORD_FREE);
	give(span, obj);
}

/**
 * debug_flush() - give the objects of a heap's quarantine to their spans
 * @heap: the heap
 *
 * Context: Any that may take a spinlock.
 */
void debug_flush(struct kspan_heap *heap)
{
	/* Pairs with debug_prepare(), as the next. */
	struct quarantine *q = smp_load_acquire(&heap->quarantine);
	void *obj;

	while (q && (obj = quarantine_take(q, true)))
		release(obj);
}

/* Return: whether the quarantine keeps a wiped object. Unless @if_room others may leave it. */
static bool keep(struct mspan *span, void *obj, bool if_room)
{
	u32 debug = owner_debug(span->owner), state;
	struct record *rec = record_of(span, obj);
	struct quarantine *q;
	bool kept;
	void *old;

	state = rec ? record_state(rec, debug) : RECORD_UNKNOWN;
	q = smp_load_acquire(&heap_root_of(span)->quarantine);	/* as in debug_flush() */
	if (!(debug & DEBUG_QUARANTINE) || !q || !may_lock() || !record_is(state, RECORD_FREE))
		return false;
	/* Before it is there: from then on another CPU may take it out. */
	WRITE_ONCE(rec->state, (state & ~RECORD_STATES) | RECORD_HELD);
	kept = quarantine_put(q, obj, span->class, record_bytes(span), if_room);
	if (!kept)
		WRITE_ONCE(rec->state, state);
	while (!if_room && (old = quarantine_take(q, false)))
		release(old);
	return kept;
}

/**
 * debug_end() - free an object that was taken from its user
 * @span: its span
 * @obj: the object, which debug_take() took
 *
 * Context: Any, NMI included.
 */
void debug_end(struct mspan *span, void *obj)
{
	wipe(span, obj);
	if (!keep(span, obj, false))
		give(span, obj);
}

/**
 * debug_reset() - check and end the live objects of a span that is about to be reset
 * @span: of a class; nobody uses its heap
 *
 * The quarantine, which was flushed, keeps what it has room for: mspan_reset() knows.
 */
void debug_reset(struct mspan *span)
{
	u32 debug = owner_debug(span->owner), state;
	struct record *rec;
	unsigned int i;

	for (i = 0; span->records && i < mspan_nr_objs(span); i++) {
		rec = record_at(span, i);
		state = record_state(rec, debug);
		if (!record_is(state, RECORD_LIVE) && !record_is(state, RECORD_WAITS))
			continue;
		rec->free_stack = stack_if_wanted(debug);
		if (state & RECORD_RED)
			poison_check_red(span, rec, (void *)mspan_object(span, i));
		WRITE_ONCE(rec->state, RECORD_FREE | DEBUG_PERIOD(debug));
		wipe(span, (void *)mspan_object(span, i));
		keep(span, (void *)mspan_object(span, i), true);
	}
}

/**
 * debug_size() - the bytes of an object that its user may use
 * @span: its span
 * @obj: where an object begins
 *
 * Return: the requested bytes; all that are usable if they are unknown; 0 if the object is freed.
 */
size_t debug_size(const struct mspan *span, const void *obj)
{
	struct record *rec = record_of(span, obj);
	u32 state = rec ? record_state(rec, owner_debug(span->owner)) : RECORD_UNKNOWN;

	switch (state & RECORD_STATES) {
	case RECORD_UNKNOWN:
		return record_bytes(span);
	case RECORD_LIVE:
		return record_bytes(span) - rec->slack;
	}
	return 0;
}

/**
 * debug_resize() - make an object smaller that cannot be moved
 * @span: its span
 * @obj: the object; its user is the caller
 * @size: its new size
 */
void debug_resize(struct mspan *span, void *obj, size_t size)
{
	struct record *rec = record_of(span, obj);
	u32 state = rec ? record_state(rec, owner_debug(span->owner)) : RECORD_UNKNOWN;
	size_t usable = record_bytes(span);

	if (!record_is(state, RECORD_LIVE))
		return;
	if (state & RECORD_RED)
		memset(obj + size, POISON_RED, usable - size);
	rec->slack = usable - size;
}

/* Whether an object is freed, or about to be: then that is reported. */
bool debug_is_stale(const struct mspan *span, const void *obj, unsigned long caller)
{
	struct record *rec = record_of(span, obj);
	u32 state = rec ? record_state(rec, owner_debug(span->owner)) : RECORD_UNKNOWN;

	if (record_is(state, RECORD_UNKNOWN) || record_is(state, RECORD_LIVE))
		return false;
	report_object_stale(span, rec, obj, caller);
	return true;
}

/**
 * debug_wait() - begin kspan_free_rcu()'s grace period
 * @span: the object's span
 * @obj: the object's start
 * @caller: for the report
 *
 * Return: false if the object was freed before, which is reported.
 */
bool debug_wait(struct mspan *span, const void *obj, unsigned long caller)
{
	u32 debug = owner_debug(span->owner), state;
	struct record *rec = record_of(span, obj);

	state = rec ? record_state(rec, debug) : RECORD_UNKNOWN;
	if (record_is(state, RECORD_UNKNOWN))
		return true;
	if (!record_is(state, RECORD_LIVE) ||
	    cmpxchg(&rec->state, state, (state & ~RECORD_STATES) | RECORD_WAITS) != state) {
		report_object_free(span, rec, obj, caller);
		return false;
	}
	rec->free_stack = stack_if_wanted(debug);
	return true;
}

/* The grace period is over. */
void debug_waited(struct mspan *span, const void *obj)
{
	struct record *rec = record_of(span, obj);
	u32 state = rec ? READ_ONCE(rec->state) : RECORD_UNKNOWN;

	if (record_is(state, RECORD_WAITS))
		WRITE_ONCE(rec->state, (state & ~RECORD_STATES) | RECORD_LIVE);
}

/*
 * For a heap that has the memory which the mode needs, and not twice at a time. Letters 0: no debug
 * mode.
 */
void debug_set(struct kspan_heap *heap, u32 letters)
{
	static atomic_t last;
	struct kspan_heap *set;
	u32 debug = letters;

	if (letters && heap->owner.debug)
		debug |= DEBUG_PERIOD(heap->owner.debug);
	else if (letters)
		debug |= (1 + (u32)atomic_inc_return(&last) % 0xffff) << DEBUG_PERIOD_SHIFT;
	heap->no_tiny = letters || heap->no_tiny_flag;
	WRITE_ONCE(heap->owner.debug, debug);
	for_each_set(heap, set) {
		set->no_tiny = heap->no_tiny;
		WRITE_ONCE(set->owner.debug, debug);
	}
}

/**
 * debug_prepare() - get the memory that a debug mode needs
 * @heap: the heap
 * @letters: the mode
 *
 * Context: Process context; not twice at a time for a heap.
 * Return: 0 or -ENOMEM.
 */
int debug_prepare(struct kspan_heap *heap, u32 letters)
{
	struct quarantine *q;

	if ((letters & DEBUG_USERS) && stacks_start())
		return -ENOMEM;
	if (!(letters & DEBUG_QUARANTINE) || heap->quarantine)
		return 0;
	q = quarantine_new();
	if (!q)
		return -ENOMEM;
	smp_store_release(&heap->quarantine, q);	/* it is complete: see debug_flush() */
	return 0;
}

/**
 * debug_begin() - put a new heap, which nobody knows, into a debug mode
 * @heap: the heap
 * @letters: the mode
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int debug_begin(struct kspan_heap *heap, u32 letters)
{
	int err = debug_prepare(heap, letters);

	if (err)
		return err;
	heap_forbid_mcaches(heap, NO_MCACHES_DEBUG, letters);
	debug_set(heap, letters);
	return 0;
}
