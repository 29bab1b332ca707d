/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan_replay: replays a recording of kernel allocations through kspan and through kmalloc.
 *
 *   main.c       debugfs: trace, run, result; the module's parameters
 *   run.c        one allocator's run: several passes, and their figures
 *   pass.c       one pass over all events: workers started, awaited, left-over objects freed
 *   worker.c     the thread of one CPU: order between CPUs, entering softirq and hardirq
 *   object.c     one event: allocate or free, fill, check, account
 *   times.c      what each call takes
 *   recording.c  the text of a recording parsed into tables
 *
 * Calls go down this list only.
 */
#ifndef _KSPAN_REPLAY_H
#define _KSPAN_REPLAY_H

#include <linux/bits.h>
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/types.h>

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

enum replay_allocator { REPLAY_KSPAN, REPLAY_KMALLOC, REPLAY_NR_ALLOCATORS };

enum replay_context { CONTEXT_TASK, CONTEXT_SOFTIRQ, CONTEXT_HARDIRQ };

#define EVENT_ALLOC	BIT(0)		/* otherwise it is a free */
#define EVENT_SLEEPS	BIT(1)		/* the allocation may sleep */
#define EVENT_ZEROED	BIT(2)		/* the allocation asks for zeroes */

/* An event of the recording; @id is an index into its objects. */
struct replay_event {
	u32 id;
	u16 cpu;
	u8 context;
	u8 flags;
};

/**
 * struct replay_object - an object of the recording
 * @size: bytes asked for
 * @slot: index in the pass's slots
 * @cpu: the recording's CPU that allocates it
 * @freed: whether the recording frees it
 */
struct replay_object {
	u32 size;
	u32 slot;
	u16 cpu;
	bool freed;
};

/**
 * struct recording - a recording, complete or being read
 * @events: the events in time order
 * @objects: what they allocate, by ID
 * @nr_events: number of events
 * @nr_objects: number of objects
 * @max_events: for how many events there is room
 * @max_objects: for how many objects there is room
 * @nr_cpus: the highest CPU number in it, plus one
 * @nr_lines: lines read so far
 * @length: characters of the line that is being read
 * @error: 0, or the error of the reading; with an error the recording is empty
 * @text: the line that is being read
 */
struct recording {
	struct replay_event *events;
	struct replay_object *objects;
	u32 nr_events;
	u32 nr_objects;
	u32 max_events;
	u32 max_objects;
	u32 nr_cpus;
	u32 nr_lines;
	u32 length;
	int error;
	char text[256];
};

/* Counters of a worker; summed up over workers and passes. */
struct replay_counts {
	u64 replayed;		/* events */
	u64 allocs;
	u64 frees;
	u64 corrupted;		/* objects whose pattern was not intact when freed */
	u64 misaligned;
	u64 unzeroed;
	u64 failed;		/* allocations that failed even where they could sleep */
	u64 retried;		/* atomic allocations that succeeded only where they could sleep */
	u64 lost;		/* frees of an object that was not allocated */
	u64 in_softirq;		/* events really in softirq; ordered pass only */
	u64 in_hardirq;		/* events really in hardirq; ordered pass only */
	u64 off_cpu;		/* events on another CPU than planned; ordered pass only */
};

/*
 * The measurement of the ordered pass. No lock: in that pass events run one at a time, and the
 * cursors that hand the turn from worker to worker order the accesses as well.
 */
struct replay_gauge {
	u64 requested;		/* bytes asked for by live objects */
	u64 peak_requested;
	u64 held;		/* kmalloc: ksize() of live objects; kspan: bytes in spans */
	u64 peak_held;
	u64 metadata_at_peak;	/* kspan: its metadata when held was largest */
	u32 unsampled;		/* kspan: allocations since held was last read */
};

/* What calls are told apart by: the allocation may sleep, or not; frees. */
enum times_kind { TIMES_SLEEPING, TIMES_ATOMIC, TIMES_FREE, TIMES_NR_KINDS };

/* What the calls of one kind took, in ticks of the clock. */
struct times_summary {
	u32 calls;		/* that are not discarded */
	u32 p50;
	u32 p99;
	u32 p999;
	u32 most;
	u32 most_size;		/* the size asked for in the call that took most */
	u32 discarded;		/* calls that an interrupt or another task came into */
	u32 discarded_most;
};

struct replay_times;
struct replay_pass;

/**
 * struct replay_worker - replays the events of one CPU
 * @pass: the pass it belongs to
 * @task: its thread
 * @order: indexes of its events in the recording
 * @nr: number of them
 * @nr_objects: number of objects it allocates
 * @first_slot: where the slots of these begin
 * @next: the next one to replay
 * @batch_end: events before this one are the softirq's or hardirq's to replay
 * @index: its place in the pass
 * @cpu: the CPU it is bound to
 * @limit: events up to here need not wait for other workers; grows as their cursors do
 * @cursor: index in the recording of its next event, U32_MAX at the end. Written with release,
 *	other workers read it with acquire.
 * @counts: its own counters
 * @waited_ns: how long it waited for other workers
 * @duration_ns: from its first event to its last, the waiting included
 * @tasklet: runs a batch in softirq
 * @irq_work: runs a batch in hardirq
 * @batch_done: the batch has ended
 * @done: all its events are replayed
 */
struct replay_worker {
	struct replay_pass *pass;
	struct task_struct *task;
	u32 *order;
	u32 nr;
	u32 nr_objects;
	u32 first_slot;
	u32 next;
	u32 batch_end;
	unsigned int index;
	unsigned int cpu;
	u64 limit;
	struct replay_counts counts;
	u64 waited_ns;
	u64 duration_ns;
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
	struct completion batch_done;
	struct completion done;
	u32 cursor ____cacheline_aligned_in_smp;
} ____cacheline_aligned_in_smp;

/* How far ahead of the slowest worker an event may be replayed, in events of the recording. */
#define WINDOW_ORDERED	1		/* none: exactly the recording's order */
#define WINDOW_FREE	U32_MAX		/* any, but a free waits for its allocation */

/**
 * struct replay_pass - one pass over a recording
 * @recording: what is replayed
 * @allocator: the allocator under test
 * @window: WINDOW_ORDERED or WINDOW_FREE
 * @verify: whether objects are filled and checked
 * @sample: kspan's held bytes are read after so many allocations; WINDOW_ORDERED only
 * @stop: set to end the pass early
 * @go: the workers may begin
 * @slots: where each object is: NULL while it is not allocated, an error pointer once that failed.
 *	Written with release by the worker that allocates, read with acquire by the one that frees.
 *	The slots of a worker are adjacent: if two CPUs wrote to one cache line, that would cost
 *	more than an allocation.
 * @workers: one for each CPU
 * @nr_workers: number of them
 * @times: where the ticks of each call go, or NULL; for one worker only
 * @gauge: filled in if ordered
 * @counts: the sum of the workers' counts and of those of the left-over objects
 * @events_per_second: the sum over the workers of events a second, waiting not counted
 */
struct replay_pass {
	struct recording *recording;
	enum replay_allocator allocator;
	u32 window;
	bool verify;
	u32 sample;
	bool stop;
	struct completion go;
	void **slots;
	struct replay_worker *workers;
	unsigned int nr_workers;
	struct replay_times *times;
	struct replay_gauge gauge;
	struct replay_counts counts;
	u64 events_per_second;
};

/* The results of a run through one allocator. */
struct replay_result {
	bool valid;
	u32 events;
	u32 passes;
	u32 cpus;
	u64 events_per_second;
	u64 lost;
	struct replay_counts counts;
	struct replay_gauge gauge;
	bool timed;
	struct times_summary times[TIMES_NR_KINDS];	/* if timed */
};

int recording_feed(struct recording *recording, const char *text, size_t length);
int recording_finish(struct recording *recording);
void recording_clear(struct recording *recording);

static inline void **object_slot(const struct replay_pass *pass, u32 id)
{
	return &pass->slots[pass->recording->objects[id].slot];
}

bool event_replay(struct replay_worker *worker, bool retry);
void object_release(struct replay_pass *pass, u32 id);
void gauge_sample(struct replay_pass *pass);
void counts_add(struct replay_counts *sum, const struct replay_counts *counts);

void worker_init(struct replay_worker *worker, struct replay_pass *pass, unsigned int cpu);
int worker_thread_fn(void *data);

int pass_run(struct replay_pass *pass);

int replay_run(struct recording *recording, enum replay_allocator allocator,
	       struct replay_result *result);

extern unsigned int replay_rounds;
extern unsigned int replay_sample;
extern bool replay_verify;
extern bool replay_times;
extern bool replay_hold;
extern bool replay_holding;

#endif /* _KSPAN_REPLAY_H */
