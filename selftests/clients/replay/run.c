// SPDX-License-Identifier: GPL-2.0
/*
 * A run through one allocator, and its figures:
 *
 *   1. an ordered pass: requested and held bytes, their peaks, the contexts that were reached;
 *      with verify=1 every byte is checked
 *   2. with verify=1, a free-running pass, every byte checked too: CPUs really at the same time
 *   3. `rounds' free-running passes that fill and check nothing: events a second, without the time
 *      in which CPUs wait for each other's objects. The fastest counts, as other work of the
 *      machine can only slow a pass down
 *
 * With times=1 there is one free-running pass instead, which times each call.
 *
 * Held bytes of kspan are those of all pages in its spans, caches included. Held bytes of kmalloc
 * are the sum of ksize() over the live objects. Free memory in slabs is not counted, so kmalloc's
 * figure is a lower bound.
 */
#include <linux/cpumask.h>
#include <linux/string.h>
#include <kspan/kspan.h>
#include "kspan_replay.h"
#include "times.h"

static void result_add(struct replay_result *result, const struct replay_pass *pass)
{
	result->passes++;
	result->cpus = pass->nr_workers;
	counts_add(&result->counts, &pass->counts);
}

/*
 * kspan's own peak is exact, but counts from when kspan was loaded: use it if this pass raised it,
 * else the largest sample. Subtract the bytes that were held before the pass.
 */
static void gauge_settle(struct replay_gauge *gauge, const struct kspan_stats *before)
{
	struct kspan_stats after;

	kspan_get_stats(&after);
	if (after.peak_held_bytes > before->peak_held_bytes)
		gauge->peak_held = after.peak_held_bytes;
	gauge->peak_held -= min(gauge->peak_held, before->held_bytes);
}

static int run_ordered(struct replay_pass pass, struct replay_result *result)
{
	struct kspan_stats before;
	int ret;

	if (pass.allocator == REPLAY_KSPAN)
		kspan_trim();
	kspan_get_stats(&before);
	pass.window = WINDOW_ORDERED;
	ret = pass_run(&pass);
	if (ret)
		return ret;
	if (pass.allocator == REPLAY_KSPAN)
		gauge_settle(&pass.gauge, &before);
	result->gauge = pass.gauge;
	result_add(result, &pass);
	return 0;
}

static int run_free(struct replay_pass pass, struct replay_result *result)
{
	int ret;

	pass.window = WINDOW_FREE;
	ret = pass_run(&pass);
	if (ret)
		return ret;
	result_add(result, &pass);
	result->events_per_second = max(result->events_per_second, pass.events_per_second);
	return 0;
}

/* On one CPU that is the recording's order, too. */
static int run_timed(struct replay_pass pass, struct replay_result *result)
{
	struct replay_times times;
	int ret;

	if (num_online_cpus() > 1) {
		pr_err("times=1 is for one CPU\n");
		return -EINVAL;
	}
	ret = times_init(&times, pass.recording->nr_events);
	if (ret)
		return ret;
	pass.times = &times;
	pass.verify = false;
	ret = run_free(pass, result);
	if (!ret) {
		times_summarize(&times);
		memcpy(result->times, times.summaries, sizeof(result->times));
		result->timed = true;
	}
	times_destroy(&times);
	return ret;
}

static int run_passes(struct replay_pass pass, struct replay_result *result)
{
	unsigned int rounds = READ_ONCE(replay_rounds);
	int ret;

	ret = run_ordered(pass, result);
	if (!ret && pass.verify)
		ret = run_free(pass, result);
	result->events_per_second = 0;
	pass.verify = false;
	for (unsigned int i = 0; !ret && i < rounds; i++)
		ret = run_free(pass, result);
	return ret;
}

static u64 difference(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

/* Objects not accounted for, by the replayer's count and by kspan's own. */
static u64 count_lost(const struct replay_counts *counts, u64 live_before, u64 live_after)
{
	return counts->lost + difference(counts->allocs, counts->frees) +
	       difference(live_before, live_after);
}

/**
 * replay_run() - replay a recording through an allocator
 * @recording: complete and not empty
 * @allocator: the allocator under test
 * @result: the figures; valid only if this returns 0
 *
 * The figures for kspan are right if nothing else uses it meanwhile.
 *
 * Return: 0, -EINTR after a signal, -ENOMEM.
 */
int replay_run(struct recording *recording, enum replay_allocator allocator,
	       struct replay_result *result)
{
	const struct replay_pass pass = {
		.recording = recording,
		.allocator = allocator,
		.verify = READ_ONCE(replay_verify),
		.sample = READ_ONCE(replay_sample),
	};
	struct kspan_stats before, after;
	int ret;

	*result = (struct replay_result) { .events = recording->nr_events };
	kspan_get_stats(&before);
	ret = READ_ONCE(replay_times) ? run_timed(pass, result) : run_passes(pass, result);
	kspan_get_stats(&after);
	result->lost = count_lost(&result->counts, before.live_objects, after.live_objects);
	result->valid = !ret;
	return ret;
}
