// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: /sys/kernel/debug/kspan/. Beside the layers: the figures come from stats, what is shown
 * of arenas is read under mheap.lock. Hashed addresses unless no_hash_pointers was given.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include "debugfs.h"
#include "mheap.h"
#include "region.h"
#include "report.h"
#include "reserve.h"
#include "scavenge.h"
#include "stats.h"

static struct dentry *root;

void debugfs_value(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%s %llu\n", name, value);
}

static int stats_show(struct seq_file *m, void *v)
{
	struct class_stats sum, large;
	struct kspan_stats st;
	u64 failures;

	stats_read(&st);
	stats_begin();
	stats_total(NULL, &sum);
	stats_of_large(NULL, &large);
	failures = stats_failures();
	stats_end();
	debugfs_value(m, "live_objects", st.live_objects);
	debugfs_value(m, "allocs", st.allocs);
	debugfs_value(m, "frees", st.frees);
	debugfs_value(m, "held_bytes", st.held_bytes);
	debugfs_value(m, "peak_held_bytes", st.peak_held_bytes);
	debugfs_value(m, "metadata_bytes", st.metadata_bytes);
	debugfs_value(m, "reserve_bytes", (u64)reserve_pages() << KSPAN_PAGE_SHIFT);
	debugfs_value(m, "cached_objects", sum.cached);
	debugfs_value(m, "large_objects", large.in_use);
	debugfs_value(m, "large_bytes", large.held - large.waste);
	debugfs_value(m, "spans", atomic_long_read(&mheap.nr_spans));
	debugfs_value(m, "arenas", st.arenas);
	debugfs_value(m, "arena_bytes", st.arena_bytes);
	debugfs_value(m, "arenas_created", READ_ONCE(mheap.created));
	debugfs_value(m, "arenas_returned", READ_ONCE(mheap.returned));
	debugfs_value(m, "alloc_failures", failures);
	debugfs_value(m, "bad_frees", report_bad_frees());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int arenas_show(struct seq_file *m, void *v)
{
	struct arena *arena;
	unsigned long i;

	seq_printf(m, "%5s %18s %10s %8s %8s %8s %10s\n", "arena", "address", "kilobytes", "pages",
		   "free", "longest", "empty_ms");
	mutex_lock(&mheap.lock);
	for (i = 0; i < mheap.arenas_size; i++) {
		arena = mheap.arenas[i];
		if (!arena)
			continue;
		seq_printf(m, "%5lu %18p %10lu %8lu %8lu %8lu %10u\n", i, (void *)arena->base,
			   arena->vm_bytes >> 10, arena->npages, arena->free_pages,
			   pages_max(&arena->pages),
			   arena_is_empty(arena) ? jiffies_to_msecs(jiffies - arena->emptied) : 0);
	}
	mutex_unlock(&mheap.lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(arenas);

static ssize_t trim_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	bool yes;
	int err = kstrtobool_from_user(buf, len, &yes);

	if (err)
		return err;
	if (yes)
		scavenge_trim();
	return len;
}

static const struct file_operations trim_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = trim_write,
};

/* As everywhere, a debugfs that cannot be had is done without. */
void debugfs_start(void)
{
	root = debugfs_create_dir("kspan", NULL);
	debugfs_create_file("stats", 0444, root, NULL, &stats_fops);
	debugfs_create_file("arenas", 0400, root, NULL, &arenas_fops);
	debugfs_create_file("trim", 0200, root, NULL, &trim_fops);
	regions_debugfs_start(root);
	debugfs_start_heaps(root);
}

void debugfs_stop(void)
{
	debugfs_remove_recursive(root);
}
