// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs_heap: /sys/kernel/debug/kspan/heaps/NAME/, a directory a heap. Beside the layers; see
 * stats_begin() for the locks. A file whose inode has no heap shows the sum of all.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include "debugfs.h"
#include "heaps.h"
#include "stats.h"
#include "track.h"

static struct dentry *heaps_dir;

static void show_class(struct seq_file *m, const char *name, size_t size,
		       const struct class_stats *st)
{
	seq_printf(m, "%-6s %6zu %8lu %10lu %10lu %12lu %12lu %9lu %12lu\n", name, size, st->spans,
		   st->in_use, st->free, st->allocs, st->frees, st->refills, st->waste);
}

static int size_classes_show(struct seq_file *m, void *v)
{
	struct kspan_heap *heap = m->private;
	struct class_stats st;
	unsigned int class;
	char name[8];

	seq_printf(m, "%-6s %6s %8s %10s %10s %12s %12s %9s %12s\n", "class", "size", "spans",
		   "in_use", "free", "allocs", "frees", "refills", "waste");
	stats_begin();
	for (class = 1; class < CLASS_TINY; class++) {
		stats_of_class(heap, class, &st);
		snprintf(name, sizeof(name), "%u", class);
		show_class(m, name, size_classes[class].size, &st);
	}
	stats_of_class(heap, CLASS_TINY, &st);
	show_class(m, "tiny", TINY_BLOCK, &st);
	stats_of_large(heap, &st);
	show_class(m, "large", 0, &st);
	stats_total(heap, &st);
	stats_end();
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
	stats_begin();
	for_each_possible_cpu(cpu) {
		mc = mcache_of(m->private, cpu);
		for (class = 1; mc && class < NR_CLASSES; class++)
			show_slot(m, cpu, class, &mc->slot[class]);
	}
	stats_end();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mcaches);

static int heap_stats_show(struct seq_file *m, void *v)
{
	struct kspan_heap *heap = m->private;
	struct class_stats sum, large;
	struct kspan_stats st;

	stats_read_heap(heap, &st);
	stats_begin();
	stats_total(heap, &sum);
	stats_of_large(heap, &large);
	stats_end();
	debugfs_value(m, "live_objects", st.live_objects);
	debugfs_value(m, "allocs", st.allocs);
	debugfs_value(m, "frees", st.frees);
	debugfs_value(m, "held_bytes", st.held_bytes);
	debugfs_value(m, "peak_held_bytes", st.peak_held_bytes);
	debugfs_value(m, "metadata_bytes", st.metadata_bytes);
	debugfs_value(m, "cached_objects", sum.cached);
	debugfs_value(m, "large_objects", large.in_use);
	debugfs_value(m, "large_bytes", large.held - large.waste);
	debugfs_value(m, "alloc_failures", atomic_long_read(&heap->failures));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(heap_stats);

static int leaks_show(struct seq_file *m, void *v)
{
	track_show(m, m->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(leaks);

/* In bytes; 0: none. */
static int limit_get(void *data, u64 *value)
{
	*value = kspan_heap_limit(data);
	return 0;
}

static int limit_set(void *data, u64 value)
{
	if (value > LONG_MAX)
		return -ERANGE;
	kspan_heap_set_limit(data, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(limit_fops, limit_get, limit_set, "%llu\n");

void debugfs_add_heap(struct kspan_heap *heap)
{
	struct dentry *dir = debugfs_create_dir(heap->name, heaps_dir);

	debugfs_create_file("stats", 0444, dir, heap, &heap_stats_fops);
	debugfs_create_file("size_classes", 0444, dir, heap, &size_classes_fops);
	debugfs_create_file("mcaches", 0444, dir, heap, &mcaches_fops);
	debugfs_create_file("leaks", 0400, dir, heap, &leaks_fops);
	debugfs_create_file_unsafe("limit", 0644, dir, heap, &limit_fops);
	heap->dir = dir;
}

/* Waits for readers. */
void debugfs_remove_heap(struct kspan_heap *heap)
{
	debugfs_remove_recursive(heap->dir);
	heap->dir = NULL;
}

/* What the heaps have in sum, and the directories of those there are. */
void debugfs_start_heaps(struct dentry *root)
{
	debugfs_create_file("size_classes", 0444, root, NULL, &size_classes_fops);
	debugfs_create_file("mcaches", 0444, root, &default_heap, &mcaches_fops);
	heaps_dir = debugfs_create_dir("heaps", root);
	debugfs_add_heap(&default_heap);
}
