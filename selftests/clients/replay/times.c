// SPDX-License-Identifier: GPL-2.0
/*
 * How long each call of a pass takes, in ticks of the clock: instructions in QEMU with -icount. A
 * call that an interrupt of the timer or of a device came into, or another task, is discarded, and
 * only the longest of these is told. The arrays come from vmalloc before the pass begins, so that a
 * pass takes nothing for them from either allocator.
 *
 * No lock: there is one worker, and its thread waits while its softirq or hardirq replays.
 */
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include "kspan_replay.h"
#include "times.h"

#define CALIBRATE_ROUNDS	100

/* The ticks that timing nothing takes. */
static u64 own_ticks(void)
{
	u64 least = U64_MAX;

	for (int i = 0; i < CALIBRATE_ROUNDS; i++) {
		u64 start = clock_read();

		least = min(least, clock_read() - start);
	}
	return least;
}

/* @nr_events: that of the recording */
int times_init(struct replay_times *times, u32 nr_events)
{
	*times = (struct replay_times) { .own = own_ticks() };
	for (int kind = 0; kind < TIMES_NR_KINDS; kind++) {
		times->ticks[kind] = vmalloc_array(nr_events, sizeof(u32));
		if (!times->ticks[kind]) {
			times_destroy(times);
			return -ENOMEM;
		}
	}
	return 0;
}

void times_destroy(struct replay_times *times)
{
	for (int kind = 0; kind < TIMES_NR_KINDS; kind++)
		vfree(times->ticks[kind]);
}

/* @end: read right after the call; @size: what was allocated or freed */
void times_add(struct replay_times *times, enum times_kind kind, const struct times_call *call,
	       u64 end, u32 size)
{
	struct times_summary *summary = &times->summaries[kind];
	u32 ticks = min_t(u64, end - call->start - min(end - call->start, times->own), U32_MAX);

	if (times_disturbances() != call->disturbances) {
		summary->discarded++;
		summary->discarded_most = max(summary->discarded_most, ticks);
		return;
	}
	if (ticks > summary->most) {
		summary->most = ticks;
		summary->most_size = size;
	}
	times->ticks[kind][summary->calls++] = ticks;
}

static int ticks_compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* The least number of ticks that so many of a thousand calls do not exceed; @ticks are sorted. */
static u32 permille(const u32 *ticks, u32 nr, u32 share)
{
	return nr ? ticks[div_u64((u64)nr * share + 999, 1000) - 1] : 0;
}

/* Call when the pass is over. */
void times_summarize(struct replay_times *times)
{
	for (int kind = 0; kind < TIMES_NR_KINDS; kind++) {
		struct times_summary *summary = &times->summaries[kind];
		u32 *ticks = times->ticks[kind];

		sort(ticks, summary->calls, sizeof(*ticks), ticks_compare, NULL);
		summary->p50 = permille(ticks, summary->calls, 500);
		summary->p99 = permille(ticks, summary->calls, 990);
		summary->p999 = permille(ticks, summary->calls, 999);
	}
}
