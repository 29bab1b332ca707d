// SPDX-License-Identifier: GPL-2.0
/*
 * contend: how often CPUs meet, on up to 256 of them. They take turns in one thread, so nothing
 * waits here. What is counted, exactly, is how often a lock is taken that other CPUs take too, and
 * how often a magazine goes from one CPU to another, a million allocations and frees. TAP.
 *
 *	larson		each CPU replaces objects of its own at random, and now and then takes over
 *			those of another
 *	producer	every other CPU allocates, and its neighbour frees
 *	churn		each CPU replaces objects at random that any CPU allocated
 */
#include "user/user.h"
#include "central/heap.h"
#include "heap/heaps.h"
#include <kspan/kspan.h>

#define OBJS		1000U		/* live for each CPU */
#define TURN		64U		/* operations of a CPU until the next one's turn */
#define HANDED		128U		/* objects that a producer hands over at a time */
#define EXCHANGED	4096U		/* operations of a CPU until it takes over another's objects */
#define PAIRS		131072U		/* of each CPU, that are counted; half as many go before */

struct workload {
	const char *name;
	void (*turn)(unsigned int cpu, unsigned int done);
	double most;			/* locks, a million operations, with the largest budget */
	double with_two;		/* what two CPUs took of them */
};

struct counts {
	double locks, exchanges;	/* a million operations */
};

static const unsigned int budgets_kb[] = { 64, 1024, 16384 };
static const unsigned int cpus[] = { 2, 8, 64, 256 };

static void *objs[CPUS][OBJS];
static unsigned int nr_tests, nr_failed;
static u64 seed;

static unsigned int random_below(unsigned int n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

/* 16 to 255 bytes, more of the small ones. */
static size_t random_size(void)
{
	unsigned int power = 4 + random_below(4);

	return (1U << power) + random_below(1U << power);
}

static void replace(void **p)
{
	kspan_free(*p);
	*p = kspan_alloc(random_size(), GFP_KERNEL);
	user_check(*p, "no memory");
}

static void larson(unsigned int cpu, unsigned int done)
{
	unsigned int i, whose = (cpu + done / EXCHANGED) % user_online;

	for (i = 0; i < TURN; i++)
		replace(&objs[whose][random_below(OBJS)]);
}

static void churn(unsigned int cpu, unsigned int done)
{
	unsigned int i;

	for (i = 0; i < TURN; i++)
		replace(&objs[random_below(user_online)][random_below(OBJS)]);
}

/* The even CPU fills what its neighbour empties when it has its turn. */
static void producer(unsigned int cpu, unsigned int done)
{
	void **p = objs[cpu & ~1U];
	unsigned int i;

	for (i = 0; i < HANDED; i++) {
		if (cpu & 1)
			kspan_free(p[i]);
		p[i] = cpu & 1 ? NULL : kspan_alloc(random_size(), GFP_KERNEL);
	}
}

static unsigned long exchanges(void)
{
	unsigned long n = 0;
	unsigned int class;

	for_each_class(&default_heap, class)
		n += heap_central(&default_heap, class)->exchanges;
	return n;
}

static void let_go(void)
{
	while (user_interrupts() || user_grace_period())
		;
}

static void turns(void (*turn)(unsigned int cpu, unsigned int done), unsigned int pairs)
{
	unsigned int done, cpu;

	for (done = 0; done < pairs; done += TURN)
		for (cpu = 0; cpu < user_online; cpu++) {
			user_cpu = cpu;
			turn(cpu, done);
		}
}

static void free_all(void)
{
	unsigned int cpu, i;

	for (cpu = 0; cpu < CPUS; cpu++)
		for (i = 0; i < OBJS; i++) {
			kspan_free(objs[cpu][i]);
			objs[cpu][i] = NULL;
		}
	user_cpu = 0;
	let_go();
	kspan_trim();
	let_go();
}

static struct counts measure(void (*turn)(unsigned int cpu, unsigned int done))
{
	struct kspan_stats before, after;
	unsigned long locks, moved;
	double millions;

	seed = 1;
	turns(turn, PAIRS / 2);
	kspan_get_stats(&before);
	locks = user_locks;
	moved = exchanges();
	turns(turn, PAIRS);
	locks = user_locks - locks;
	moved = exchanges() - moved;
	kspan_get_stats(&after);
	millions = (after.allocs - before.allocs + after.frees - before.frees) / 1e6;
	free_all();
	return (struct counts){ locks / millions, moved / millions };
}

static struct workload workloads[] = {
	{ "larson", larson, 600 },
	{ "producer", producer, 8000 },
	{ "churn", churn, 600 },
};

static void test(bool ok, const struct workload *w, const char *text)
{
	nr_failed += !ok;
	printf("%s %u - %s, %u CPUs: %s\n", ok ? "ok" : "not ok", ++nr_tests, w->name, user_online, text);
}

static void run(struct workload *w)
{
	struct counts counts[ARRAY_SIZE(budgets_kb)];
	unsigned int i, last = ARRAY_SIZE(budgets_kb) - 1;
	char text[16];

	for (i = 0; i <= last; i++) {
		sprintf(text, "%u", budgets_kb[i]);
		user_check(!user_set_param("cpu_cache_kb", text), "no parameter");
		counts[i] = measure(w->turn);
		printf("# %-8s %3u CPUs, %5u KB each: %6.0f locks, %5.0f magazines\n", w->name,
		       user_online, budgets_kb[i], counts[i].locks, counts[i].exchanges);
	}
	w->with_two = w->with_two ?: counts[last].locks;
	test(counts[last].locks <= w->most, w, "few locks");
	test(counts[last].locks <= counts[0].locks / 4, w, "a larger budget takes fewer");
	test(counts[last].locks <= w->with_two * 1.75, w, "an operation takes as many as with two CPUs");
	fflush(stdout);
}

int main(void)
{
	unsigned int i, w;

	user_start();
	user_check(!user_module_init(), "the module does not load");
	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		user_online = cpus[i];
		for (w = 0; w < ARRAY_SIZE(workloads); w++)
			run(&workloads[w]);
	}
	printf("1..%u\n", nr_tests);
	return nr_failed != 0;
}
