// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: many threads and all interrupt contexts call every function of kspan in parallel,
 * for a given time, with random sizes and flags, and check every object. insmod starts it and
 * returns; /sys/kernel/debug/kspan_torture/status shows its progress; rmmod ends it, frees all
 * remaining objects and prints one line that begins with "kspan_torture: PASS" or
 * "kspan_torture: FAIL".
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/smp.h>
#include "torture.h"

#define OPS_A_SECOND	20U	/* fewer are no torture */
#define CONTEXTS_ALL	(BIT(NR_CONTEXTS) - 1)

struct torture_params params = {
	.seconds = 10,
	.max_size = 8 << 20,
	.max_mb = 128,
	.slots = 8192,
	.contexts = CONTEXTS_ALL,
};

module_param_named(seconds, params.seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long to run at least; 0: until rmmod (default 10)");
module_param_named(threads, params.threads, uint, 0444);
MODULE_PARM_DESC(threads, "number of threads; 0: 2 per CPU (default)");
module_param_named(seed, params.seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the choice of operations; 0: random (default), printed at the start");
module_param_named(max_size, params.max_size, ulong, 0444);
MODULE_PARM_DESC(max_size, "largest object in bytes (default 8 MB)");
module_param_named(max_mb, params.max_mb, uint, 0444);
MODULE_PARM_DESC(max_mb, "limit on the bytes of all live objects, in MB (default 128)");
module_param_named(slots, params.slots, uint, 0444);
MODULE_PARM_DESC(slots, "limit on the number of live objects (default 8192)");
module_param_named(contexts, params.contexts, uint, 0444);
MODULE_PARM_DESC(contexts, "sum of 1 task, 2 softirq, 4 hardirq, 8 NMI (default 15)");
module_param_named(fault, params.fault, bool, 0444);
MODULE_PARM_DESC(fault, "allocations that may sleep may fail too: faults are injected (default 0)");

static const char *const counter_names[NR_COUNTERS] = {
	[COUNT_OPS] = "ops",
	[COUNT_ALLOCS] = "allocs",
	[COUNT_FREES] = "frees",
	[COUNT_NULLS] = "nulls",
	[COUNT_REFUSED] = "refused",
	[COUNT_CHECKS] = "checks",
	[COUNT_FAR_FREES] = "far_frees",
	[COUNT_FOREIGN_FREES] = "foreign_frees",
	[COUNT_ALLOC] = "alloc",
	[COUNT_CONSTANT] = "constant",
	[COUNT_ZALLOC] = "zalloc",
	[COUNT_ARRAY] = "array",
	[COUNT_CALLOC] = "calloc",
	[COUNT_ALIGNED] = "aligned",
	[COUNT_MEMDUP] = "memdup",
	[COUNT_MEMDUP_NUL] = "memdup_nul",
	[COUNT_STRDUP] = "strdup",
	[COUNT_STRNDUP] = "strndup",
	[COUNT_REALLOC_NULL] = "realloc_null",
	[COUNT_MEMPOOL] = "mempool",
	[COUNT_REALLOC] = "realloc",
	[COUNT_REALLOC_ARRAY] = "realloc_array",
	[COUNT_REALLOC_ZERO] = "realloc_zero",
	[COUNT_FREE] = "free",
	[COUNT_FREE_NULL] = "free_null",
	[COUNT_FREE_SIZED] = "free_sized",
	[COUNT_FREE_SENSITIVE] = "free_sensitive",
	[COUNT_FREE_RCU] = "free_rcu",
#ifdef DEFINE_FREE
	[COUNT_FREE_SCOPED] = "free_scoped",
#endif
	[COUNT_ALLOC_BULK] = "alloc_bulk",
	[COUNT_FREE_BULK] = "free_bulk",
	[COUNT_BURST] = "burst",
	[COUNT_PAIR] = "pair",
	[COUNT_QUERY] = "query",
	[COUNT_RAW_LOCK] = "raw_lock",
	[COUNT_HEAP_ALLOC] = "heap_alloc",
	[COUNT_HEAP_ZALLOC] = "heap_zalloc",
	[COUNT_HEAP_ARRAY] = "heap_array",
	[COUNT_HEAP_CALLOC] = "heap_calloc",
	[COUNT_HEAP_ALIGNED] = "heap_aligned",
	[COUNT_HEAP_MEMDUP] = "heap_memdup",
	[COUNT_HEAP_MEMDUP_NUL] = "heap_memdup_nul",
	[COUNT_HEAP_STRDUP] = "heap_strdup",
	[COUNT_HEAP_STRNDUP] = "heap_strndup",
	[COUNT_HEAP_REALLOC_NULL] = "heap_realloc_null",
	[COUNT_HEAP_REALLOC] = "heap_realloc",
	[COUNT_HEAP_REALLOC_ARRAY] = "heap_realloc_array",
	[COUNT_HEAP_ALLOC_BULK] = "heap_alloc_bulk",
	[COUNT_HEAP_DEFAULT] = "heap_default",
	[COUNT_HEAP_SET_LIMIT] = "heap_set_limit",
	[COUNT_HEAP_LIMITED] = "heap_limited",
	[COUNT_HEAP_LIFE] = "heap_life",
	[COUNT_HEAP_RESET] = "heap_reset",
	[COUNT_HEAP_KEEP_LEAKS] = "heap_keep_leaks",
	[COUNT_POOL_ALLOC] = "pool_alloc",
	[COUNT_POOL_ZALLOC] = "pool_zalloc",
	[COUNT_POOL_BUILT] = "pool_built",
	[COUNT_POOL_ALLOC_BULK] = "pool_alloc_bulk",
	[COUNT_POOL_MEMPOOL] = "pool_mempool",
	[COUNT_POOL_FREE] = "pool_free",
	[COUNT_POOL_LIFE] = "pool_life",
	[COUNT_POOL_PREFILL] = "pool_prefill",
	[COUNT_POOL_RESET] = "pool_reset",
	[COUNT_REGION_LIFE] = "region_life",
	[COUNT_REGION_ALLOC] = "region_alloc",
	[COUNT_REGION_ALIGNED] = "region_aligned",
	[COUNT_REGION_ZALLOC] = "region_zalloc",
	[COUNT_REGION_ARRAY] = "region_array",
	[COUNT_REGION_CALLOC] = "region_calloc",
	[COUNT_REGION_MEMDUP] = "region_memdup",
	[COUNT_REGION_STRDUP] = "region_strdup",
	[COUNT_REGION_STRNDUP] = "region_strndup",
	[COUNT_REGION_MARK] = "region_mark",
	[COUNT_REGION_RELEASE] = "region_release",
	[COUNT_REGION_RESET] = "region_reset",
	[COUNT_PERCPU_ALLOC] = "percpu_alloc",
	[COUNT_PERCPU_ALIGNED] = "percpu_aligned",
	[COUNT_PERCPU_ZALLOC] = "percpu_zalloc",
	[COUNT_PERCPU_ARRAY] = "percpu_array",
	[COUNT_PERCPU_CALLOC] = "percpu_calloc",
	[COUNT_PERCPU_RESET] = "percpu_reset",
	[COUNT_TRIM] = "trim",
};

static struct dentry *dir;
static struct actor undertaker;		/* frees what is left at the end */
static unsigned long deadline;		/* in jiffies */
static bool stopping;

static u64 context_count(enum ctx context, enum counter counter)
{
	return threads_count(context, counter) + irqs_count(context, counter);
}

static u64 total_count(enum counter counter)
{
	u64 sum = undertaker.count[counter];
	int context;

	for (context = 0; context < NR_CONTEXTS; context++)
		sum += context_count(context, counter);
	return sum;
}

/*
 * Each context has made an operation, and freed objects have come from other contexts and CPUs. How
 * long that takes depends on what else the machine is busy with.
 */
static bool did_enough(void)
{
	int context;

	for (context = 0; context < NR_CONTEXTS; context++)
		if (params.contexts & BIT(context) && !context_count(context, COUNT_OPS))
			return false;
	if (!is_power_of_2(params.contexts) && !total_count(COUNT_FOREIGN_FREES))
		return false;
	if (num_online_cpus() > 1 && !total_count(COUNT_FAR_FREES))
		return false;
	return total_count(COUNT_OPS) >= (u64)params.seconds * OPS_A_SECOND;
}

bool torture_running(void)
{
	if (READ_ONCE(stopping))
		return false;
	return !params.seconds || time_before(jiffies, deadline) || !did_enough();
}

static int status_show(struct seq_file *m, void *unused)
{
	int i;

	seq_printf(m, "running %d\n", torture_running() || threads_active());
	seq_printf(m, "errors %u\n", torture_errors());
	seq_printf(m, "seed %lu\n", params.seed);
	seq_printf(m, "threads %u\n", params.threads);
	seq_printf(m, "live_bytes %lld\n", bytes_live());
	seq_printf(m, "peak_live_bytes %lld\n", bytes_peak());
	for (i = 0; i < NR_CONTEXTS; i++)
		seq_printf(m, "%s_ops %llu\n", context_names[i], context_count(i, COUNT_OPS));
	for (i = 0; i < NR_COUNTERS; i++)
		if (counter_names[i])
			seq_printf(m, "%s %llu\n", counter_names[i], total_count(i));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(status);

static int params_check(void)
{
	if (!params.contexts || params.contexts & ~CONTEXTS_ALL) {
		pr_err("kspan_torture: contexts must be 1 to %lu\n", CONTEXTS_ALL);
		return -EINVAL;
	}
	if (params.slots < 64 || params.slots > 1 << 20 || params.threads > 4096 ||
	    !params.max_mb || params.max_size > 1 << 30) {
		pr_err("kspan_torture: slots, threads, max_mb or max_size out of range\n");
		return -EINVAL;
	}
	if (!(params.contexts & BIT(CONTEXT_TASK)))
		params.threads = 0;
	else if (!params.threads)
		params.threads = 2 * num_online_cpus();
	while (!params.seed)
		params.seed = get_random_u32();
	return 0;
}

/* Stops all actors, then checks and frees every object and waits for grace periods. */
static void torture_stop(void)
{
	WRITE_ONCE(stopping, true);
	threads_stop();
	irqs_stop();
	slots_exit(&undertaker);
	kspan_rcu_barrier();
}

/* The objects that all actors share, besides the table. */
static int shared_init(void)
{
	return heaps_init() ?: pools_init() ?: percpu_init();
}

/* Also after an initialization that failed half-way. */
static void shared_exit(void)
{
	percpu_exit();
	pools_exit();
	heaps_exit();
}

static void torture_free(void)
{
	shared_exit();
	maker_exit();
	threads_free();
	irqs_free();
}

static int __init kspan_torture_init(void)
{
	int err = params_check();

	if (err)
		return err;
	err = maker_init();
	if (err)
		return err;
	err = shared_init() ?: slots_init();
	if (err)
		goto err_shared;
	pr_info("kspan_torture: seed=%lu seconds=%u threads=%u contexts=%u max_size=%lu max_mb=%u\n",
		params.seed, params.seconds, params.threads, params.contexts, params.max_size,
		params.max_mb);
	actor_init(&undertaker, CONTEXT_TASK, -1);
	deadline = jiffies + params.seconds * HZ;
	err = irqs_start();
	if (!err)
		err = threads_start();
	if (err) {
		torture_stop();
		torture_free();
		return err;
	}
	dir = debugfs_create_dir("kspan_torture", NULL);
	debugfs_create_file("status", 0444, dir, NULL, &status_fops);
	return 0;

err_shared:
	shared_exit();
	maker_exit();
	return err;
}
module_init(kspan_torture_init);

static void __exit kspan_torture_exit(void)
{
	u64 allocs, frees;
	bool passed;

	debugfs_remove(dir);
	torture_stop();
	allocs = total_count(COUNT_ALLOCS);
	frees = total_count(COUNT_FREES);
	passed = !torture_errors() && allocs == frees && !bytes_live() && total_count(COUNT_OPS);
	pr_info("kspan_torture: %s seed=%lu ops=%llu errors=%u allocs=%llu frees=%llu live_bytes=%lld\n",
		passed ? "PASS" : "FAIL", params.seed, total_count(COUNT_OPS), torture_errors(),
		allocs, frees, bytes_live());
	torture_free();
}
module_exit(kspan_torture_exit);

MODULE_DESCRIPTION("Torture test of kspan: every call from every context, every object checked");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
