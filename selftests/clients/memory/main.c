// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_memory: holds memory in patterns, from kspan or, to compare, from the kernel's slabs:
 *
 *	echo "fill kspan small 250" >/sys/module/kspan_memory/parameters/action
 *
 * Actions, each with "kspan" or "slab" behind its name, and then
 *	fill PATTERN MEGABYTES		objects of so many bytes in all are added; see size_of()
 *	newest PERMILLE			all but the newest of them are freed
 *	scattered PERMILLE		so many of the last fill's stay, at random places
 *	churn PATTERN ROUNDS		half of all, at random, are freed and then replaced
 *	burst SIZE BYTES		GFP_ATOMIC, in one go; all are freed at the end
 *	cycle SIZE BYTES		the same with GFP_KERNEL
 *	release				all are freed
 * The same numbers give the same sizes and the same places with both. Reading tells what the last
 * one did, and how long the longest allocation of the last fill took.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <kspan/kspan.h>

#define MAX_OBJECTS	(4U << 20)
#define MAX_BURST	65536U

struct request {
	char name[16];
	char from[16];
	char pattern[16];
	unsigned long n[2];
};

static DEFINE_MUTEX(action_lock);	/* guards all below */
static void **objs;			/* the newest last; NULL where one was freed */
static unsigned long nr_objs;
static unsigned long nr_old;		/* those from before the last fill */
static bool from_slab;			/* where they are from */
static u64 longest_ns;			/* of the last fill */
static char result[200];

static void *get(bool slab, size_t size, gfp_t gfp)
{
	return slab ? kvmalloc(size, gfp) : kspan_alloc(size, gfp);
}

static void put(bool slab, void *p)
{
	if (slab)
		kvfree(p);
	else
		kspan_free(p);
}

/* As many of each power of two, and as many of each size between two of them. */
static size_t between(struct rnd_state *rnd, unsigned int low, unsigned int high)
{
	unsigned int power = low + prandom_u32_state(rnd) % (high - low);

	return (1UL << power) + prandom_u32_state(rnd) % (1UL << power) + 1;
}

/* A size of a pattern: small, mixed, or from a power of two to the next. 0: no such pattern. */
static size_t size_of(const char *pattern, struct rnd_state *rnd)
{
	unsigned int power;

	if (!strcmp(pattern, "small"))
		return between(rnd, 4, 10);
	if (strcmp(pattern, "mixed"))
		return kstrtouint(pattern, 10, &power) || power > 20 ?
			       0 : between(rnd, power, power + 1);
	return prandom_u32_state(rnd) % 64 ? between(rnd, 4, 12) : between(rnd, 12, 16);
}

static void tell(u64 bytes, unsigned long failed)
{
	unsigned long i, live = 0;

	for (i = 0; i < nr_objs; i++)
		live += !!objs[i];
	scnprintf(result, sizeof(result), "objects %lu\nbytes %llu\nfailed %lu\nlongest_ns %llu",
		  live, bytes, failed, longest_ns);
}

static void *get_timed(size_t size)
{
	u64 start = ktime_get_ns();
	void *p = get(from_slab, size, GFP_KERNEL);

	longest_ns = max(longest_ns, ktime_get_ns() - start);
	return p;
}

static int fill(const struct request *r)
{
	struct rnd_state rnd;
	u64 bytes = 0;
	size_t size;
	void *p;

	prandom_seed_state(&rnd, 1);
	nr_old = nr_objs;
	longest_ns = 0;
	while (bytes < (u64)r->n[0] << 20) {
		size = size_of(r->pattern, &rnd);
		if (!size)
			return -EINVAL;
		p = nr_objs < MAX_OBJECTS ? get_timed(size) : NULL;
		if (!p)
			return -ENOMEM;
		memset(p, 0x5a, size);
		objs[nr_objs++] = p;
		bytes += size;
		cond_resched();
	}
	tell(bytes, 0);
	return 0;
}

static void drop(unsigned long i)
{
	if (objs[i])
		put(from_slab, objs[i]);
	objs[i] = NULL;
}

static int newest(const struct request *r)
{
	unsigned long i, keep = nr_objs * r->n[0] / 1000;

	for (i = 0; i < nr_objs - keep; i++) {
		drop(i);
		cond_resched();
	}
	tell(0, 0);
	return 0;
}

static int scattered(const struct request *r)
{
	struct rnd_state rnd;
	unsigned long i;

	prandom_seed_state(&rnd, 2);
	for (i = nr_old; i < nr_objs; i++) {
		if (prandom_u32_state(&rnd) % 1000 >= r->n[0])
			drop(i);
		cond_resched();
	}
	tell(0, 0);
	return 0;
}

static void close_gaps(void)
{
	unsigned long i, n = 0;

	for (i = 0; i < nr_objs; i++)
		if (objs[i])
			objs[n++] = objs[i];
	nr_objs = n;
	nr_old = 0;
}

static void drop_half(struct rnd_state *rnd)
{
	unsigned long i;

	for (i = 0; i < nr_objs; i++) {
		if (prandom_u32_state(rnd) % 2)
			drop(i);
		cond_resched();
	}
}

static int fill_gaps(const char *pattern, struct rnd_state *rnd)
{
	unsigned long i;
	size_t size;

	for (i = 0; i < nr_objs; i++) {
		if (objs[i])
			continue;
		size = size_of(pattern, rnd);
		objs[i] = size ? get(from_slab, size, GFP_KERNEL) : NULL;
		if (!objs[i])
			return size ? -ENOMEM : -EINVAL;
		memset(objs[i], 0x5a, size);
		cond_resched();
	}
	return 0;
}

/* Half at a time is more than the caches of a CPU keep, so most objects come from the spans. */
static int churn(const struct request *r)
{
	struct rnd_state rnd;
	unsigned long n;
	int err = 0;

	prandom_seed_state(&rnd, 3);
	close_gaps();
	for (n = 0; !err && n < r->n[0]; n++) {
		drop_half(&rnd);
		err = fill_gaps(r->pattern, &rnd);
	}
	tell(0, 0);
	return err;
}

static int release(const struct request *r)
{
	unsigned long i;

	for (i = 0; i < nr_objs; i++) {
		drop(i);
		cond_resched();
	}
	nr_objs = 0;
	tell(0, 0);
	return 0;
}

static void get_and_put(const struct request *r, unsigned long n, gfp_t gfp)
{
	unsigned long first = nr_objs, failed = 0;
	void *p;

	while (n--) {
		p = get(from_slab, r->n[0], gfp | __GFP_NOWARN);
		if (p)
			objs[nr_objs++] = p;
		else
			failed++;
	}
	while (nr_objs > first)
		put(from_slab, objs[--nr_objs]);
	tell(0, failed);
}

static int burst(const struct request *r, bool atomic)
{
	unsigned long n = r->n[1] / max(r->n[0], 1UL);

	if (nr_objs + n > MAX_OBJECTS || (atomic && n > MAX_BURST))
		return -EINVAL;
	if (atomic)
		preempt_disable();
	get_and_put(r, n, atomic ? GFP_ATOMIC : GFP_KERNEL);
	if (atomic)
		preempt_enable();
	return 0;
}

static int run(struct request *r)
{
	bool slab = !strcmp(r->from, "slab");

	if ((!slab && strcmp(r->from, "kspan")) || (nr_objs && slab != from_slab))
		return -EINVAL;
	from_slab = slab;
	if (!strcmp(r->name, "fill"))
		return fill(r);
	if (!strcmp(r->name, "churn"))
		return churn(r);
	if (!strcmp(r->name, "release"))
		return release(r);
	if (kstrtoul(r->pattern, 10, &r->n[1]))
		return -EINVAL;
	swap(r->n[0], r->n[1]);
	if (!strcmp(r->name, "newest"))
		return newest(r);
	if (!strcmp(r->name, "scattered"))
		return scattered(r);
	if (!strcmp(r->name, "burst") || !strcmp(r->name, "cycle"))
		return burst(r, !strcmp(r->name, "burst"));
	return -EINVAL;
}

static int action_set(const char *text, const struct kernel_param *unused)
{
	struct request r = { };
	int err;

	if (sscanf(text, "%15s %15s %15s %lu", r.name, r.from, r.pattern, &r.n[0]) < 2)
		return -EINVAL;
	mutex_lock(&action_lock);
	err = run(&r);
	mutex_unlock(&action_lock);
	return err;
}

static int action_get(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%s\n", result);
}

static const struct kernel_param_ops action_ops = {
	.set = action_set,
	.get = action_get,
};

module_param_cb(action, &action_ops, NULL, 0600);
MODULE_PARM_DESC(action, "a pattern of allocations and frees; see the source");

static int __init kspan_memory_init(void)
{
	objs = vzalloc(array_size(MAX_OBJECTS, sizeof(*objs)));
	return objs ? 0 : -ENOMEM;
}
module_init(kspan_memory_init);

static void __exit kspan_memory_exit(void)
{
	release(NULL);
	vfree(objs);
}
module_exit(kspan_memory_exit);

MODULE_DESCRIPTION("Holds memory in patterns");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
