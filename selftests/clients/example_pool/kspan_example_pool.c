// SPDX-License-Identifier: GPL-2.0
/*
 * A pool used from softirq: a tasklet takes samples into objects of a pool, and a task reads and
 * frees them. Before each burst the task fills the pool's stock, so that no allocation can fail.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/timekeeping.h>
#include <kspan/pool.h>

#define BURST	64

struct sample {
	struct llist_node node;
	u64 ns;
};

static unsigned int bursts = 4;
module_param(bursts, uint, 0444);
MODULE_PARM_DESC(bursts, "how often the tasklet runs");

static struct kspan_pool *pool;
static LLIST_HEAD(samples);	/* the newest first */
static DECLARE_COMPLETION(burst_done);
static unsigned int nr_lost;

/* In softirq nothing may sleep. */
static void take_samples(struct tasklet_struct *tasklet)
{
	for (int i = 0; i < BURST; i++) {
		struct sample *sample = kspan_pool_alloc(pool, GFP_ATOMIC);

		if (!sample) {
			nr_lost++;
			continue;
		}
		sample->ns = ktime_get_ns();
		llist_add(&sample->node, &samples);
	}
	complete(&burst_done);
}

static DECLARE_TASKLET(sampler, take_samples);

/* Any context may free what another allocated. */
static unsigned int read_samples(u64 *longest_ns)
{
	struct llist_node *first = llist_del_all(&samples);
	struct sample *sample, *next;
	unsigned int n = 0;
	u64 later = 0;

	llist_for_each_entry_safe(sample, next, first, node) {
		if (later)
			*longest_ns = max(*longest_ns, later - sample->ns);
		later = sample->ns;
		kspan_pool_free(pool, sample);
		n++;
	}
	return n;
}

static int run(void)
{
	unsigned int n = 0;
	u64 longest_ns = 0;

	for (unsigned int i = 0; i < bursts; i++) {
		int err = kspan_pool_prefill(pool, BURST, GFP_KERNEL);

		if (err)
			return err;
		tasklet_schedule(&sampler);
		wait_for_completion(&burst_done);
		n += read_samples(&longest_ns);
	}
	pr_info("%u samples in softirq, %u lost, at most %llu ns apart\n", n, nr_lost, longest_ns);
	return 0;
}

static int __init example_init(void)
{
	int err;

	pool = kspan_pool_create("example samples", sizeof(struct sample), NULL);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	err = run();
	if (err) {
		tasklet_kill(&sampler);
		kspan_pool_destroy(pool);
	}
	return err;
}
module_init(example_init);

static void __exit example_exit(void)
{
	tasklet_kill(&sampler);
	kspan_pool_destroy(pool);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a pool used from softirq");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
