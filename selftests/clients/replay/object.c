// SPDX-License-Identifier: GPL-2.0
/*
 * Replays one event: allocates or frees through the allocator under test, in the caller's context.
 * Each object is filled with its own pattern over the size asked for. The pattern is checked when
 * the object is freed, which reveals foreign writes and objects that were allocated twice.
 */
#include <linux/err.h>
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <kspan/kspan.h>
#include "kspan_replay.h"
#include "times.h"

#define MAX_NATURAL_ALIGN	SZ_4M	/* larger powers of two are aligned to this */

/* Decided by a branch instead of a function pointer: a retpoline costs as much as kspan does. */
static void *memory_alloc(enum replay_allocator allocator, size_t size, gfp_t gfp)
{
	return allocator == REPLAY_KSPAN ? kspan_alloc(size, gfp) : kmalloc(size, gfp);
}

static void memory_free(enum replay_allocator allocator, void *p)
{
	if (allocator == REPLAY_KSPAN)
		kspan_free(p);
	else
		kfree(p);
}

static void *timed_alloc(struct replay_pass *pass, size_t size, gfp_t gfp)
{
	struct times_call call;
	void *p;

	if (!pass->times)
		return memory_alloc(pass->allocator, size, gfp);
	call = times_begin();
	p = memory_alloc(pass->allocator, size, gfp);
	times_add(pass->times, gfpflags_allow_blocking(gfp) ? TIMES_SLEEPING : TIMES_ATOMIC, &call,
		  clock_read(), size);
	return p;
}

static void timed_free(struct replay_pass *pass, void *p, u32 size)
{
	struct times_call call;

	if (!pass->times) {
		memory_free(pass->allocator, p);
		return;
	}
	call = times_begin();
	memory_free(pass->allocator, p);
	times_add(pass->times, TIMES_FREE, &call, clock_read(), size);
}

/*
 * Atomic allocations may fail and are then retried, so their failure is not logged. The worker's
 * thread, which may sleep, does the retry.
 */
static gfp_t event_gfp(const struct replay_event *event, bool retry)
{
	gfp_t gfp = event->flags & EVENT_ZEROED ? __GFP_ZERO : 0;

	if (retry || event->flags & EVENT_SLEEPS)
		return gfp | GFP_KERNEL;
	return gfp | GFP_ATOMIC | __GFP_NOWARN;
}

/* Eight bytes of an object's pattern. Each ID has its own sequence, no two words of it equal. */
static u64 pattern_word(u32 id, u32 offset)
{
	return (id + 1ULL) * 0x9e3779b97f4a7c15ULL + offset;
}

static void pattern_fill(u8 *p, u32 size, u32 id)
{
	u64 word;
	u32 offset;

	for (offset = 0; size - offset >= sizeof(word); offset += sizeof(word)) {
		word = pattern_word(id, offset);
		memcpy(p + offset, &word, sizeof(word));
	}
	word = pattern_word(id, offset);
	memcpy(p + offset, &word, size - offset);
}

static bool pattern_intact(const u8 *p, u32 size, u32 id)
{
	u64 word, found;
	u32 offset;

	for (offset = 0; size - offset >= sizeof(word); offset += sizeof(word)) {
		memcpy(&found, p + offset, sizeof(found));
		if (found != pattern_word(id, offset))
			return false;
	}
	word = pattern_word(id, offset);
	return !memcmp(p + offset, &word, size - offset);
}

/* The alignment that kspan_alloc() promises; kmalloc() promises no less. */
static u32 promised_align(u32 size)
{
	if (is_power_of_2(size))
		return min_t(u32, size, MAX_NATURAL_ALIGN);
	if (size >= KSPAN_TINY_SIZE)
		return 8;
	return 1U << __ffs(size);
}

static void check_born(struct replay_worker *worker, const struct replay_event *event,
		       const struct replay_object *object, void *p)
{
	if (!IS_ALIGNED((unsigned long)p, promised_align(object->size))) {
		worker->counts.misaligned++;
		pr_err_ratelimited("object %u, %u bytes: misaligned\n", event->id, object->size);
	}
	if (!worker->pass->verify)
		return;
	if (event->flags & EVENT_ZEROED && memchr_inv(p, 0, object->size)) {
		worker->counts.unzeroed++;
		pr_err_ratelimited("object %u, %u bytes: not zeroed\n", event->id, object->size);
	}
	pattern_fill(p, object->size, event->id);
}

static void check_dying(struct replay_pass *pass, struct replay_counts *counts, u32 id, void *p)
{
	u32 size = pass->recording->objects[id].size;

	if (pass->verify && size && !pattern_intact(p, size, id)) {
		counts->corrupted++;
		pr_err_ratelimited("object %u, %u bytes: corrupted\n", id, size);
	}
}

static void gauge_born(struct replay_pass *pass, u32 size, void *p)
{
	struct replay_gauge *gauge = &pass->gauge;

	gauge->requested += size;
	gauge->peak_requested = max(gauge->peak_requested, gauge->requested);
	gauge->unsampled++;
	if (pass->allocator == REPLAY_KMALLOC) {
		gauge->held += ksize(p);
		gauge->peak_held = max(gauge->peak_held, gauge->held);
	}
}

static void gauge_dying(struct replay_pass *pass, u32 size, void *p)
{
	pass->gauge.requested -= size;
	if (pass->allocator == REPLAY_KMALLOC)
		pass->gauge.held -= ksize(p);
}

/* Reads the bytes that kspan holds. Context: the ordered pass, with the turn; may sleep. */
void gauge_sample(struct replay_pass *pass)
{
	struct replay_gauge *gauge = &pass->gauge;
	struct kspan_stats stats;

	gauge->unsampled = 0;
	if (pass->allocator != REPLAY_KSPAN)
		return;
	kspan_get_stats(&stats);
	gauge->held = stats.held_bytes;
	if (gauge->held > gauge->peak_held) {
		gauge->peak_held = gauge->held;
		gauge->metadata_at_peak = stats.metadata_bytes;
	}
}

static bool replay_alloc(struct replay_worker *worker, const struct replay_event *event, bool retry)
{
	struct replay_pass *pass = worker->pass;
	const struct replay_object *object = &pass->recording->objects[event->id];
	void *p = timed_alloc(pass, object->size, event_gfp(event, retry));

	if (!p && !retry && !(event->flags & EVENT_SLEEPS))
		return false;
	if (p) {
		worker->counts.allocs++;
		if (object->size)
			check_born(worker, event, object, p);
		if (pass->window == WINDOW_ORDERED)
			gauge_born(pass, object->size, p);
	} else {
		worker->counts.failed++;
		p = ERR_PTR(-ENOMEM);
	}
	/* Pairs with the acquire in replay_free() and in worker.c. */
	smp_store_release(object_slot(pass, event->id), p);
	return true;
}

static void replay_free(struct replay_worker *worker, u32 id)
{
	struct replay_pass *pass = worker->pass;
	void **slot = object_slot(pass, id);
	void *p;

	/* Pairs with the release in replay_alloc(). */
	p = smp_load_acquire(slot);
	WRITE_ONCE(*slot, NULL);
	if (!p)
		worker->counts.lost++;
	if (IS_ERR_OR_NULL(p))
		return;
	check_dying(pass, &worker->counts, id, p);
	if (pass->window == WINDOW_ORDERED)
		gauge_dying(pass, pass->recording->objects[id].size, p);
	timed_free(pass, p, pass->recording->objects[id].size);
	worker->counts.frees++;
}

/* Proof that the event ran where the recording wants it. */
static void count_place(struct replay_worker *worker)
{
	worker->counts.in_hardirq += !!in_hardirq();
	worker->counts.in_softirq += !in_hardirq() && in_serving_softirq();
	worker->counts.off_cpu += raw_smp_processor_id() != worker->cpu;
}

/**
 * event_replay() - replay the worker's next event and move on to the one after it
 * @worker: the worker
 * @retry: an atomic allocation failed; now it may sleep
 *
 * Context: The event's own; a task if @retry.
 * Return: false if an atomic allocation failed; it is then still the next event.
 */
bool event_replay(struct replay_worker *worker, bool retry)
{
	struct replay_pass *pass = worker->pass;
	const struct replay_event *event;

	event = &pass->recording->events[worker->order[worker->next]];
	if (!(event->flags & EVENT_ALLOC))
		replay_free(worker, event->id);
	else if (!replay_alloc(worker, event, retry))
		return false;

	if (pass->window == WINDOW_ORDERED)
		count_place(worker);
	worker->counts.replayed++;
	worker->next++;
	/* Gives the turn away; pairs with the acquire in worker.c. */
	smp_store_release(&worker->cursor,
			  worker->next < worker->nr ? worker->order[worker->next] : U32_MAX);
	return true;
}

/**
 * object_release() - free an object that the recording leaves live
 * @pass: the pass; its workers are gone
 * @id: the object; ignored if not live
 */
void object_release(struct replay_pass *pass, u32 id)
{
	void **slot = object_slot(pass, id);
	void *p = *slot;

	*slot = NULL;
	if (IS_ERR_OR_NULL(p))
		return;
	check_dying(pass, &pass->counts, id, p);
	memory_free(pass->allocator, p);
	pass->counts.frees++;
}

void counts_add(struct replay_counts *sum, const struct replay_counts *counts)
{
	const u64 *from = (const u64 *)counts;
	u64 *to = (u64 *)sum;

	BUILD_BUG_ON(sizeof(*sum) % sizeof(u64));
	for (size_t i = 0; i < sizeof(*sum) / sizeof(u64); i++)
		to[i] += from[i];
}
