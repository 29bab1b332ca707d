/* SPDX-License-Identifier: GPL-2.0 */
/* kspan_step: declarations that its files share. main.c describes what it does. */
#ifndef _KSPAN_STEP_H
#define _KSPAN_STEP_H

#include <asm/processor-flags.h>
#include <linux/types.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include <kspan/region.h>

/* The context in which the intruder runs. */
enum context {
	CONTEXT_NMI,		/* in the exception of the step itself, which counts as an NMI */
	CONTEXT_HARDIRQ,	/* an interrupt before the next instruction, if interrupts are on */
	CONTEXT_SOFTIRQ,	/* on the way out of that interrupt */
	NR_CONTEXTS
};

/* ---- stepper.c ---- */

/*
 * Between the two each instruction raises an exception. No indirect call may be between, as it may
 * go by way of the kernel, where nothing is stepped.
 */
static __always_inline void step_on(void)
{
	asm volatile("pushfq; orq %0, (%%rsp); popfq" : : "i" (X86_EFLAGS_TF) : "memory", "cc");
}

static __always_inline void step_off(void)
{
	asm volatile("pushfq; andq %0, (%%rsp); popfq" : : "i" (~X86_EFLAGS_TF) : "memory", "cc");
}

/**
 * struct plan - what happens at the stops to come
 * @at: where the intruder runs
 * @intrude: what it does; NULL: nothing
 * @period: it comes at one of so many stops
 * @phase: at which of them
 * @end: it comes no more from this one on. Interrupts that each take what the operation is about to
 *	find could keep it from ending.
 */
struct plan {
	enum context at;
	void (*intrude)(void);
	unsigned long period;
	unsigned long phase;
	unsigned long end;
};

/* resume.S */
extern char step_resume[];
extern unsigned long step_return;

int stepper_start(void);
void stepper_stop(void);
void stepper_arm(const struct plan *plan);
unsigned long stepper_disarm(void);
void stepper_figures(void);
size_t stepper_list(char *buffer, size_t size);

/* ---- objects.c ---- */

/**
 * struct object - one that is live
 * @p: its address
 * @size: bytes that were asked for
 * @tag: what its bytes are made from
 */
struct object {
	void *p;
	size_t size;
	u32 tag;
};

/* Those of one owner; only the owner uses them, and whoever runs when it does not. */
struct objects {
	struct object list[256];
	unsigned int n;
};

bool objects_add(struct objects *objects, void *p, size_t size);
void *objects_take(struct objects *objects);
void objects_check(const struct objects *objects);
void objects_free(struct objects *objects);
void check_zeros(const void *p, size_t size);

extern unsigned int nr_errors;

#define step_error(format, ...)							\
do {										\
	if (nr_errors++ < 20)							\
		pr_err("kspan_step: " format "\n", ##__VA_ARGS__);		\
} while (0)

/* ---- intruder.c ---- */

/**
 * struct intruder - what is done where an instruction is interrupted
 * @name: of it
 * @run: it
 * @not_in_nmi: the call may not be made in an NMI
 */
struct intruder {
	const char *name;
	void (*run)(void);
	bool not_in_nmi;
};

extern const struct intruder intruders[];	/* ends with a name of NULL */
extern void (*drain)(struct kspan_heap *heap);	/* kspan's own: all CPUs drain, this one at once */

void intruder_prepare(size_t size, gfp_t gfp);
void intruder_end(void);

/* ---- operations.c ---- */

/**
 * struct operation - what is stepped
 * @name: of it
 * @size: bytes of its objects
 * @prepare: before each run, or NULL
 * @run: it, with step_on() and step_off() around the calls
 */
struct operation {
	const char *name;
	size_t size;
	void (*prepare)(size_t size);
	void (*run)(size_t size);
};

extern const struct operation operations[];	/* ends with a name of NULL */
extern struct kspan_heap *heap;
extern struct kspan_pool *pool;
extern struct objects ours;

int operations_start(void);
void operations_end(void);

#endif /* _KSPAN_STEP_H */
