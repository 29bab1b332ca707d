// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_replay's interface, /sys/kernel/debug/kspan_replay/:
 *
 *   trace   write the text of a recording to it; opening it discards the one before
 *   run     write "kspan" or "kmalloc"; returns when the replay is done, or at a signal
 *   result  `name value' lines for each allocator that has been run
 *
 * Locks: replay_lock -> result_lock. The first is held for a whole run.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <kspan/kspan.h>
#include "kspan_replay.h"

static int uint_set(const char *text, const struct kernel_param *param, unsigned int low,
		    unsigned int high)
{
	return param_set_uint_minmax(text, param, low, high);
}

static int rounds_set(const char *text, const struct kernel_param *param)
{
	return uint_set(text, param, 0, 1000);
}

static int sample_set(const char *text, const struct kernel_param *param)
{
	return uint_set(text, param, 1, UINT_MAX);
}

static const struct kernel_param_ops rounds_ops = { .set = rounds_set, .get = param_get_uint };
static const struct kernel_param_ops sample_ops = { .set = sample_set, .get = param_get_uint };

/* More rounds: a steadier figure for events a second. */
unsigned int replay_rounds = 3;
module_param_cb(rounds, &rounds_ops, &replay_rounds, 0644);
MODULE_PARM_DESC(rounds, "timed passes a run, 0 to 1000 (default 3)");

/* Smaller: a closer look at metadata at the peak, and a slower ordered pass. */
unsigned int replay_sample = 64;
module_param_cb(sample, &sample_ops, &replay_sample, 0644);
MODULE_PARM_DESC(sample, "allocations between two looks at what kspan holds (default 64)");

/* 0 leaves the objects untouched in every pass, not only in the timed ones. */
bool replay_verify = true;
module_param_named(verify, replay_verify, bool, 0644);
MODULE_PARM_DESC(verify, "fill and check every object (default 1)");

/* The figures are instructions in QEMU with -icount, cycles or nanoseconds elsewhere. */
bool replay_times;
module_param_named(times, replay_times, bool, 0644);
MODULE_PARM_DESC(times, "one pass that times each call, on one CPU (default 0)");

/*
 * With hold=1 the ordered pass waits, before its first event and after its last, until holding=0 is
 * written.
 */
bool replay_hold;
module_param_named(hold, replay_hold, bool, 0644);
MODULE_PARM_DESC(hold, "let the ordered pass wait where memory is to be measured (default 0)");

bool replay_holding;
module_param_named(holding, replay_holding, bool, 0644);
MODULE_PARM_DESC(holding, "the ordered pass waits; write 0 to let it go on");

static const char * const allocator_names[REPLAY_NR_ALLOCATORS] = { "kspan", "kmalloc" };

static const char * const kind_names[TIMES_NR_KINDS] = { "sleeping", "atomic", "free" };

static DEFINE_MUTEX(replay_lock);
static struct recording recording;	/* under replay_lock */
static bool reading;			/* under replay_lock: trace is open */

static DEFINE_MUTEX(result_lock);
static struct replay_result results[REPLAY_NR_ALLOCATORS];	/* under result_lock */

static struct dentry *debugfs_dir;

/* Fails during a run instead of waiting for its end. */
static int trace_open(struct inode *inode, struct file *file)
{
	int ret = -EBUSY;

	if (!mutex_trylock(&replay_lock))
		return -EBUSY;
	if (!reading) {
		recording_clear(&recording);
		reading = true;
		ret = stream_open(inode, file);
	}
	mutex_unlock(&replay_lock);
	return ret;
}

/* Returns how many bytes were taken, or an error. */
static ssize_t trace_feed(const char __user *text, size_t length, char *page)
{
	size_t done = 0;
	int ret;

	while (done < length) {
		size_t part = min_t(size_t, length - done, PAGE_SIZE);

		if (copy_from_user(page, text + done, part))
			return -EFAULT;
		ret = recording_feed(&recording, page, part);
		if (ret)
			return ret;
		done += part;
		if (fatal_signal_pending(current))
			return done;
		cond_resched();
	}
	return done;
}

static ssize_t trace_write(struct file *file, const char __user *text, size_t length, loff_t *pos)
{
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t ret = -EINTR;

	if (!page)
		return -ENOMEM;
	if (!mutex_lock_interruptible(&replay_lock)) {
		ret = trace_feed(text, length, page);
		mutex_unlock(&replay_lock);
	}
	kfree(page);
	return ret;
}

static int trace_release(struct inode *inode, struct file *file)
{
	mutex_lock(&replay_lock);
	if (!recording_finish(&recording))
		pr_info("%u events, %u allocations, %u CPUs\n", recording.nr_events,
			recording.nr_objects, recording.nr_cpus);
	reading = false;
	mutex_unlock(&replay_lock);
	return 0;
}

static const struct file_operations trace_fops = {
	.owner = THIS_MODULE,
	.open = trace_open,
	.write = trace_write,
	.release = trace_release,
};

static int run_locked(enum replay_allocator allocator)
{
	struct replay_result *result;
	int ret;

	lockdep_assert_held(&replay_lock);
	if (reading)
		return -EBUSY;
	if (!recording.nr_events)
		return -ENODATA;
	result = kmalloc(sizeof(*result), GFP_KERNEL);
	if (!result)
		return -ENOMEM;
	ret = replay_run(&recording, allocator, result);
	mutex_lock(&result_lock);
	results[allocator] = *result;
	mutex_unlock(&result_lock);
	kfree(result);
	return ret;
}

static ssize_t run_write(struct file *file, const char __user *text, size_t length, loff_t *pos)
{
	char name[16] = "";
	int allocator, ret;

	if (length >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, text, length))
		return -EFAULT;
	allocator = sysfs_match_string(allocator_names, name);
	if (allocator < 0)
		return allocator;
	ret = mutex_lock_interruptible(&replay_lock);
	if (ret)
		return ret;
	ret = run_locked(allocator);
	mutex_unlock(&replay_lock);
	return ret ?: length;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = run_write,
};

static void show_value(struct seq_file *seq, const char *allocator, const char *name, u64 value)
{
	seq_printf(seq, "%s_%s %llu\n", allocator, name, value);
}

/* Bytes held in excess of the bytes asked for, in tenths of a percent, rounded. */
static u64 waste_permille(const struct replay_gauge *gauge)
{
	u64 asked = gauge->peak_requested;

	if (!asked || gauge->peak_held < asked)
		return 0;
	return div64_u64((gauge->peak_held - asked) * 1000 + asked / 2, asked);
}

static void show_bytes(struct seq_file *seq, enum replay_allocator allocator,
		       const struct replay_gauge *gauge)
{
	const char *name = allocator_names[allocator];
	u64 waste = waste_permille(gauge);

	show_value(seq, name, "peak_requested_bytes", gauge->peak_requested);
	show_value(seq, name, "peak_held_bytes", gauge->peak_held);
	seq_printf(seq, "%s_waste_percent %llu.%llu\n", name, waste / 10, waste % 10);
	if (allocator == REPLAY_KSPAN)
		show_value(seq, name, "metadata_bytes_at_peak", gauge->metadata_at_peak);
}

static void show_times(struct seq_file *seq, const char *allocator, const char *kind,
		       const struct times_summary *times)
{
	seq_printf(seq, "%s_%s_calls %u\n", allocator, kind, times->calls);
	seq_printf(seq, "%s_%s_p50 %u\n", allocator, kind, times->p50);
	seq_printf(seq, "%s_%s_p99 %u\n", allocator, kind, times->p99);
	seq_printf(seq, "%s_%s_p999 %u\n", allocator, kind, times->p999);
	seq_printf(seq, "%s_%s_most %u\n", allocator, kind, times->most);
	seq_printf(seq, "%s_%s_most_size %u\n", allocator, kind, times->most_size);
	seq_printf(seq, "%s_%s_discarded %u\n", allocator, kind, times->discarded);
	seq_printf(seq, "%s_%s_discarded_most %u\n", allocator, kind, times->discarded_most);
}

static void show_allocator(struct seq_file *seq, enum replay_allocator allocator)
{
	const struct replay_result *result = &results[allocator];
	const char *name = allocator_names[allocator];

	show_value(seq, name, "events", result->events);
	show_value(seq, name, "passes", result->passes);
	show_value(seq, name, "cpus", result->cpus);
	show_value(seq, name, "replayed", result->counts.replayed);
	show_value(seq, name, "events_per_second", result->events_per_second);
	show_value(seq, name, "corrupted", result->counts.corrupted);
	show_value(seq, name, "misaligned", result->counts.misaligned);
	show_value(seq, name, "unzeroed", result->counts.unzeroed);
	show_value(seq, name, "failed", result->counts.failed);
	show_value(seq, name, "retried", result->counts.retried);
	show_value(seq, name, "lost", result->lost);
	show_value(seq, name, "in_softirq", result->counts.in_softirq);
	show_value(seq, name, "in_hardirq", result->counts.in_hardirq);
	show_value(seq, name, "off_cpu", result->counts.off_cpu);
	show_bytes(seq, allocator, &result->gauge);
	for (int kind = 0; result->timed && kind < TIMES_NR_KINDS; kind++)
		show_times(seq, name, kind_names[kind], &result->times[kind]);
}

static int result_show(struct seq_file *seq, void *unused)
{
	int ret = mutex_lock_interruptible(&result_lock);

	if (ret)
		return ret;
	for (int i = 0; i < REPLAY_NR_ALLOCATORS; i++) {
		if (results[i].valid)
			show_allocator(seq, i);
	}
	mutex_unlock(&result_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

static int __init replay_init(void)
{
	debugfs_dir = debugfs_create_dir("kspan_replay", NULL);
	if (IS_ERR(debugfs_dir))
		return PTR_ERR(debugfs_dir);
	debugfs_create_file("trace", 0200, debugfs_dir, NULL, &trace_fops);
	debugfs_create_file("run", 0200, debugfs_dir, NULL, &run_fops);
	debugfs_create_file("result", 0444, debugfs_dir, NULL, &result_fops);
	return 0;
}
module_init(replay_init);

static void __exit replay_exit(void)
{
	debugfs_remove_recursive(debugfs_dir);
	recording_clear(&recording);
}
module_exit(replay_exit);

MODULE_DESCRIPTION("Replays a recording of allocations through kspan and kmalloc");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
