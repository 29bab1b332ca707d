/* SPDX-License-Identifier: GPL-2.0 */
/* How long each call of a pass takes; kspan_replay.h has struct times_summary. */
#ifndef _KSPAN_REPLAY_TIMES_H
#define _KSPAN_REPLAY_TIMES_H

#include <linux/jiffies.h>
#include <linux/kernel_stat.h>
#include <linux/sched.h>
#include "../bench/clock.h"
#include "kspan_replay.h"

/**
 * struct replay_times - what the calls of a pass took
 * @own: ticks that timing nothing takes
 * @ticks: of each call that is not discarded, without @own
 * @summaries: counters during the pass; percentiles once times_summarize() has run
 */
struct replay_times {
	u64 own;
	u32 *ticks[TIMES_NR_KINDS];
	struct times_summary summaries[TIMES_NR_KINDS];
};

struct times_call {
	u64 disturbances;
	u64 start;
};

/* Changes with each tick of the timer, each interrupt of a device and each switch of tasks. */
static __always_inline u64 times_disturbances(void)
{
	return (u64)jiffies + kstat_cpu_irqs_sum(raw_smp_processor_id()) + current->nvcsw +
	       current->nivcsw;
}

static __always_inline struct times_call times_begin(void)
{
	struct times_call call = { .disturbances = times_disturbances() };

	call.start = clock_read();
	return call;
}

int times_init(struct replay_times *times, u32 nr_events);
void times_destroy(struct replay_times *times);
void times_add(struct replay_times *times, enum times_kind kind, const struct times_call *call,
	       u64 end, u32 size);
void times_summarize(struct replay_times *times);

#endif /* _KSPAN_REPLAY_TIMES_H */
