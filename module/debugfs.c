// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: /sys/kernel/debug/kspan/. Beside the layers: the figures come from stats, what is shown
 * of arenas is read under mheap.lock. Hashed addresses unless no_hash_pointers was given.
 */
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include "debugfs.h"
#include "heap.h"
#include "mheap.h"
#include "report.h"
#include "reserve.h"
#include "scavenge.h"
#include "stats.h"

static struct dentry *root;

static void show_value(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%s %llu\n", name, value);
}

static int stats_show(struct seq_file *m, void *v)
{
	struct class_stats sum, large;
	struct kspan_stats st;

	stats_read(&st);
	cpus_read_lock();
	stats_total(&default_heap, &sum);
	stats_of_large(&default_heap, &large);
	cpus_read_unlock();
	show_value(m, "live_objects", st.live_objects);
	show_value(m, "allocs", st.allocs);
	show_value(m, "frees", st.frees);
	show_value(m, "held_bytes", st.held_bytes);
	show_value(m, "peak_held_bytes", st.peak_held_bytes);
	show_value(m, "metadata_bytes", st.metadata_bytes);
	show_value(m, "reserve_bytes", (u64)reserve_pages() << KSPAN_PAGE_SHIFT);
	show_value(m, "cached_objects", sum.cached);
	show_value(m, "large_objects", large.in_use);
	show_value(m, "large_bytes", large.held - large.waste);
	show_value(m, "spans", atomic_long_read(&mheap.nr_spans));
	show_value(m, "arenas", st.arenas);
	show_value(m, "arena_bytes", st.arena_bytes);
	show_value(m, "arenas_created", READ_ONCE(mheap.created));
	show_value(m, "arenas_returned", READ_ONCE(mheap.returned));
	show_value(m, "alloc_failures", atomic_long_read(&default_heap.failures));
	show_value(m, "bad_frees", report_bad_frees());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static void show_class(struct seq_file *m, const char *name, size_t size,
		       const struct class_stats *st)
{
	seq_printf(m, "%-6s %6zu %8lu %10lu %10lu %12lu %12lu %9lu %12lu\n", name, size, st->spans,
		   st->in_use, st->free, st->allocs, st->frees, st->refills, st->waste);
}

static int size_classes_show(struct seq_file *m, void *v)
{
	struct class_stats st;
	unsigned int class;
	char name[8];

	seq_printf(m, "%-6s %6s %8s %10s %10s %12s %12s %9s %12s\n", "class", "size", "spans",
		   "in_use", "free", "allocs", "frees", "refills", "waste");
	mheap_drain_late();
	cpus_read_lock();
	for (class = 1; class < CLASS_TINY; class++) {
		stats_of_class(&default_heap, class, &st);
		snprintf(name, sizeof(name), "%u", class);
		show_class(m, name, size_classes[class].size, &st);
	}
	stats_of_class(&default_heap, CLASS_TINY, &st);
	show_class(m, "tiny", KSPAN_TINY_SIZE, &st);
	stats_of_large(&default_heap, &st);
	show_class(m, "large", 0, &st);
	stats_total(&default_heap, &st);
	cpus_read_unlock();
	show_class(m, "Total", 0, &st);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(size_classes);

static void show_slot(struct seq_file *m, int cpu, unsigned int class,
		      const struct mcache_slot *slot)
{
	unsigned long cached = mcache_slot_cached(slot);

	if (!cached && !mcache_peek(slot->base))
		return;
	seq_printf(m, "%3d %5u %6u %7lu %8u %12lu\n", cpu, class, size_classes[class].size, cached,
		   mcache_peek(slot->capacity), mcache_peek(slot->frees));
}

static int mcaches_show(struct seq_file *m, void *v)
{
	unsigned int class;
	struct mcache *mc;
	int cpu;

	seq_printf(m, "%3s %5s %6s %7s %8s %12s\n", "cpu", "class", "size", "cached", "capacity",
		   "frees");
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		mc = *per_cpu_ptr(default_heap.mcaches, cpu);
		for (class = 1; class < NR_CLASSES; class++)
			show_slot(m, cpu, class, &mc->slot[class]);
	}
	cpus_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mcaches);

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
	debugfs_create_file("size_classes", 0444, root, NULL, &size_classes_fops);
	debugfs_create_file("mcaches", 0444, root, NULL, &mcaches_fops);
	debugfs_create_file("arenas", 0400, root, NULL, &arenas_fops);
	debugfs_create_file("trim", 0200, root, NULL, &trim_fops);
}

void debugfs_stop(void)
{
	debugfs_remove_recursive(root);
}
