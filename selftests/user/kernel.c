// SPDX-License-Identifier: GPL-2.0
/*
 * See kernel.h.
 */
#include <stdarg.h>
#include "kernel.h"
#include "user.h"

#define MAX_KVFREE	4096
#define MAX_PENDING	(CPUS + 64)

int user_cpu, user_preempt, user_irqs_off, user_in_irq, user_in_nmi, user_rcu;
unsigned int user_online = CPUS;
unsigned long user_locks, jiffies = 1000;
struct task_struct user_task;
struct shrinker *user_shrinker;
unsigned long user_errors;
bool user_errors_expected, user_verbose;
void (*user_interrupt)(void);
unsigned int user_hooks;

/* ---- the end ---- */

void user_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("kspan: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

int user_message(const char *level, const char *format, ...)
{
	bool error = !strcmp(level, "error");
	va_list args;

	user_errors += error;
	if (!user_verbose && (!error || user_errors_expected))
		return 0;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (error && !user_errors_expected)
		user_fail("an error that was not expected");
	return 0;
}

/* ---- contexts ---- */

/* @user_hooks counts down to the place where an interrupt comes. */
void user_hook(void)
{
	if (!user_hooks || --user_hooks || !user_interrupt || in_interrupt())
		return;
	if (irqs_disabled())
		user_in_nmi++;
	else
		user_in_irq++;
	user_interrupt();
	if (user_in_nmi)
		user_in_nmi--;
	else
		user_in_irq--;
}

static struct irq_work *works;
static call_single_data_t *calls[MAX_PENDING];
static unsigned int nr_calls;

bool irq_work_queue(struct irq_work *work)
{
	if (work->queued)
		return false;
	work->queued = true;
	work->cpu = user_cpu;
	work->next = works;
	works = work;
	return true;
}

void irq_work_sync(struct irq_work *work)
{
	if (work->queued)
		user_interrupts();
}

int smp_call_function_single_async(int cpu, call_single_data_t *csd)
{
	user_check(!csd->queued && nr_calls < MAX_PENDING, "a call that waits already");
	csd->queued = true;
	csd->cpu = cpu;
	calls[nr_calls++] = csd;
	return 0;
}

static void call_on(int cpu, void (*func)(void *arg), void *arg)
{
	int was = user_cpu, preempt = user_preempt;

	user_cpu = cpu;
	user_in_irq++;
	func(arg);
	user_in_irq--;
	user_cpu = was;
	user_check(user_preempt == preempt, "an interrupt left preemption off");
}

int smp_call_function_single(int cpu, void (*func)(void *arg), void *arg, int wait)
{
	call_on(cpu, func, arg);
	return 0;
}

static void run_work(void *arg)
{
	struct irq_work *work = arg;

	work->func(work);
}

/* What waits for an interrupt. Return: whether there was anything. */
bool user_interrupts(void)
{
	call_single_data_t *csd;
	struct irq_work *work;
	bool any = works || nr_calls;

	while ((work = works)) {
		works = work->next;
		work->queued = false;
		call_on(work->cpu, run_work, work);
	}
	while (nr_calls) {
		csd = calls[--nr_calls];
		csd->queued = false;
		call_on(csd->cpu, csd->func, csd->arg);
	}
	return any;
}

static struct delayed_work *queued_work;

void user_queue(struct delayed_work *work)
{
	work->queued = true;
	queued_work = work;
}

/* Return: whether the worker had anything to do. */
bool user_run_worker(void)
{
	struct delayed_work *work = queued_work;

	if (!work || !work->queued)
		return false;
	work->queued = false;
	work->work.func(&work->work);
	return true;
}

int (*user_cpu_prepare)(unsigned int cpu), (*user_cpu_dead)(unsigned int cpu);

int user_cpuhp(int (*prepare)(unsigned int cpu), int (*dead)(unsigned int cpu))
{
	unsigned int cpu;
	int err = 0;

	user_cpu_prepare = prepare;
	user_cpu_dead = dead;
	for (cpu = 0; cpu < CPUS && !err; cpu++)
		err = prepare(cpu);
	return err ?: 1;
}

void cpuhp_remove_state(int state)
{
	unsigned int cpu;

	for (cpu = 0; cpu < CPUS; cpu++)
		user_cpu_dead(cpu);
}

/* ---- RCU: a grace period ends when the program says so, outside all calls ---- */

static struct rcu_head *rcu_first, **rcu_last = &rcu_first;

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->next = NULL;
	head->func = func;
	*rcu_last = head;
	rcu_last = &head->next;
}

static void *kvfree_list[MAX_KVFREE];
static unsigned int nr_kvfree;

void user_kvfree_rcu(struct rcu_head *head, void *p)
{
	if (nr_kvfree == MAX_KVFREE)
		user_grace_period();
	kvfree_list[nr_kvfree++] = p;
}

bool user_grace_period(void)
{
	struct rcu_head *head = rcu_first, *next;
	bool any = head || nr_kvfree;

	user_check(!user_rcu, "a grace period inside a reader");
	rcu_first = NULL;
	rcu_last = &rcu_first;
	while (nr_kvfree)
		kvfree(kvfree_list[--nr_kvfree]);
	for (; head; head = next) {
		next = head->next;
		head->func(head);
	}
	return any;
}

void synchronize_rcu(void)
{
	might_sleep();
	user_check(!user_rcu, "waits for itself");
}

void rcu_barrier(void)
{
	might_sleep();
	user_grace_period();
}

/* ---- parameters, bitmaps ---- */

static const struct kernel_param *params[32];
static unsigned int nr_params;

void user_add_param(const struct kernel_param *kp)
{
	params[nr_params++] = kp;
}

int user_set_param(const char *name, const char *text)
{
	unsigned int i;

	for (i = 0; i < nr_params; i++)
		if (!strcmp(params[i]->name, name))
			return params[i]->ops->set(text, params[i]);
	return -ENOENT;
}

static struct flag {
	const char *name;
	bool *flag;
	size_t bytes;
} flags[16];
static unsigned int nr_flags;

void user_add_flag(const char *name, void *flag, size_t bytes)
{
	flags[nr_flags++] = (struct flag){ name, flag, bytes };
}

void user_set_flag(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_flags && strcmp(flags[i].name, name); i++)
		;
	user_check(i < nr_flags && flags[i].bytes == sizeof(bool), "no such flag");
	*flags[i].flag = true;
}

unsigned long user_find_bit(const unsigned long *a, unsigned long end, unsigned long i, bool set)
{
	unsigned long word;

	for (; i < end; i = (i | (BITS_PER_LONG - 1)) + 1) {
		word = (set ? a[BIT_WORD(i)] : ~a[BIT_WORD(i)]) >> (i % BITS_PER_LONG);
		if (word)
			return min(i + __ffs(word), end);
	}
	return end;
}

void bitmap_set(unsigned long *a, unsigned long i, unsigned long n)
{
	while (n--)
		__set_bit(i + n, a);
}

void bitmap_clear(unsigned long *a, unsigned long i, unsigned long n)
{
	while (n--)
		__clear_bit(i + n, a);
}

unsigned long bitmap_weight(const unsigned long *a, unsigned long n)
{
	unsigned long sum = 0;

	while (n--)
		sum += test_bit(n, a);
	return sum;
}

unsigned long bitmap_find_next_zero_area_off(unsigned long *a, unsigned long size, unsigned long start,
					     unsigned long n, unsigned long mask, unsigned long off)
{
	unsigned long i, end;

	for (;;) {
		i = find_next_zero_bit(a, size, start);
		i = ((i + off + mask) & ~mask) - off;
		end = i + n;
		if (end > size)
			return end;
		start = find_next_bit(a, end, i);
		if (start >= end)
			return i;
		start++;
	}
}

void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	if (!n || (*b == (u8)c && !memcmp(b, b + 1, n - 1)))
		return NULL;
	while (*b == (u8)c)
		b++;
	return (void *)b;
}

/* In place of module/upkeep/debugfs.c. */
void clients_start(void) { }
void clients_stop(void) { }
void oops_start(void) { }
void oops_stop(void) { }
void guard_sample_obey(void) { }
void guard_sample_stop(void) { }
void debugfs_start(void) { }
void debugfs_stop(void) { }
void debugfs_add_heap(void *heap) { }
void debugfs_remove_heap(void *heap) { }
