// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs: /sys/kernel/debug/kspan/. A file created with a NULL heap shows the sum of all heaps.
 * The figures come from totals; arenas and segments are read under mheap.lock. Addresses are hashed
 * unless the kernel was booted with no_hash_pointers.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include "base/letters.h"
#include "central/magazine.h"
#include "heap/heaps.h"
#include "heap/leaks.h"
#include "pages/mheap.h"
#include "pages/report.h"
#include "pages/reserve.h"
#include "pages/samples.h"
#include "region/region.h"
#include "upkeep/clients.h"
#include "upkeep/debug_mode.h"
#include "upkeep/debugfs.h"
#include "upkeep/map.h"
#include "upkeep/profile_files.h"
#include "upkeep/scavenge.h"
#include "upkeep/totals.h"

static struct dentry *root, *heaps_dir;

static void show(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%s %llu\n", name, value);
}

static int stats_show(struct seq_file *m, void *v)
{
	struct kspan_heap *heap = m->private;
	struct class_stats sum, large;
	struct kspan_stats st;
	u64 failures;

	totals_read(heap, &st);
	totals_begin();
	totals_of(heap, stats_total, &sum);
	totals_of(heap, stats_of_large, &large);
	failures = totals_failures(heap);
	totals_end();
	show(m, "live_objects", st.live_objects);
	show(m, "allocs", st.allocs);
	show(m, "frees", st.frees);
	show(m, "held_bytes", st.held_bytes);
	show(m, "peak_held_bytes", st.peak_held_bytes);
	show(m, "metadata_bytes", st.metadata_bytes);
	if (!heap) {
		show(m, "reserve_bytes", (u64)reserve_pages() << KSPAN_PAGE_SHIFT);
		show(m, "reserve_wanted_bytes", reserve_target_bytes());
	}
	show(m, "cached_objects", sum.cached);
	if (!heap)
		show(m, "cache_budget_bytes", magazine_charged_bytes());
	show(m, "large_objects", large.in_use);
	show(m, "large_bytes", large.held - large.waste);
	if (!heap) {
		show(m, "spans", atomic_long_read(&mheap.nr_spans));
		show(m, "arenas", st.arenas);
		show(m, "arena_bytes", st.arena_bytes);
		show(m, "segments", READ_ONCE(mheap.nr_segments));
		show(m, "segments_created", READ_ONCE(mheap.created));
		show(m, "segments_returned", READ_ONCE(mheap.returned));
	}
	show(m, "alloc_failures", failures);
	if (!heap) {
		show(m, "bad_frees", report_bad_frees());
		show(m, "bad_pointers", report_bad_pointers());
		show(m, "bad_copies", report_bad_copies());
		show(m, "bad_accesses", report_bad_accesses());
		show(m, "samples", samples_nr());
		show(m, "samples_lost", samples_lost());
		show(m, "worker_runs", scavenge_runs());
	}
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
	struct kspan_heap *heap = m->private;
	struct class_stats st;
	unsigned int class;
	char name[8];

	seq_printf(m, "%-6s %6s %8s %10s %10s %12s %12s %9s %12s\n", "class", "size", "spans",
		   "in_use", "free", "allocs", "frees", "refills", "waste");
	totals_begin();
	for (class = 1; class < CLASS_TINY; class++) {
		totals_of_class(heap, class, &st);
		snprintf(name, sizeof(name), "%u", class);
		show_class(m, name, size_classes[class].size, &st);
	}
	totals_of_class(heap, CLASS_TINY, &st);
	show_class(m, "tiny", TINY_BLOCK, &st);
	totals_of(heap, stats_of_large, &st);
	show_class(m, "large", 0, &st);
	totals_of(heap, stats_total, &st);
	totals_end();
	show_class(m, "Total", 0, &st);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(size_classes);

static void show_slot(struct seq_file *m, int cpu, unsigned int class,
		      const struct mcache_slot *slot)
{
	unsigned long cached = slot_cached(slot);

	if (!cached && !peek(slot->base))
		return;
	seq_printf(m, "%3d %5u %6u %7lu %8u %12lu\n", cpu, class, size_classes[class].size, cached,
		   peek(slot->capacity), peek(slot->frees));
}

/* A CPU's mcache of a heap, or of the part of it that has one node's memory. */
static void show_mcache(struct seq_file *m, int cpu, struct kspan_heap *set)
{
	struct mcache *mc = mcache_of(set, cpu);
	unsigned int class;

	if (mc)
		for_each_class(set, class)
			show_slot(m, cpu, class, mcache_slot(mc, class));
}

static int mcaches_show(struct seq_file *m, void *v)
{
	struct kspan_heap *heap = m->private, *set;
	int cpu;

	seq_printf(m, "%3s %5s %6s %7s %8s %12s\n", "cpu", "class", "size", "cached", "capacity",
		   "frees");
	totals_begin();
	for_each_possible_cpu(cpu)
		for_each_set(heap, set)
			show_mcache(m, cpu, set);
	totals_end();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mcaches);

static void show_arena(struct seq_file *m, unsigned int n, const struct arena *arena)
{
	unsigned long bytes = 0, npages = 0, free = 0, holes = 0, longest = 0;
	const struct segment *seg;
	unsigned int i;

	for (i = 0; i < arena->nr_segments; i++) {
		seg = arena->segment[i];
		if (!seg)
			continue;
		bytes += seg->bytes;
		npages += seg->npages;
		free += seg->free_pages;
		holes += seg->nr_holes;
		longest = max(longest, page_alloc_max(&seg->pages));
	}
	seq_printf(m, "%5u %4d %8u %6u %10lu %8lu %8lu %8lu %8lu %s\n", n, arena->node,
		   arena->nr_made, arena->nr_segments, bytes >> 10, npages, free, holes, longest,
		   backing_name(arena->backing));
}

static int arenas_show(struct seq_file *m, void *v)
{
	struct arena *arena;
	unsigned int n = 0;

	seq_printf(m, "%5s %4s %8s %6s %10s %8s %8s %8s %8s %s\n", "arena", "node", "segments",
		   "room", "kilobytes", "pages", "free", "holes", "longest", "backing");
	mutex_lock(&mheap.lock);
	list_for_each_entry(arena, &mheap.arenas, list)
		show_arena(m, n++, arena);
	mutex_unlock(&mheap.lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(arenas);

static void show_segment(struct seq_file *m, unsigned int arena, const struct segment *seg)
{
	seq_printf(m, "%5u %4d %18p %10lu %8lu %8lu %8lu %8lu %10u %s\n", arena, seg->node,
		   (void *)seg->base, seg->bytes >> 10, seg->npages, seg->free_pages, seg->nr_holes,
		   page_alloc_max(&seg->pages),
		   segment_is_empty(seg) ? jiffies_to_msecs(jiffies - seg->emptied) : 0,
		   backing_name(seg->backing));
}

static int segments_show(struct seq_file *m, void *v)
{
	struct arena *arena;
	unsigned int i, n = 0;

	seq_printf(m, "%5s %4s %18s %10s %8s %8s %8s %8s %10s %s\n", "arena", "node", "address",
		   "kilobytes", "pages", "free", "holes", "longest", "empty_ms", "backing");
	mutex_lock(&mheap.lock);
	list_for_each_entry(arena, &mheap.arenas, list) {
		for (i = 0; i < arena->nr_segments; i++)
			if (arena->segment[i])
				show_segment(m, n, arena->segment[i]);
		n++;
	}
	mutex_unlock(&mheap.lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(segments);

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

static int leaks_show(struct seq_file *m, void *v)
{
	leaks_list(m, m->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(leaks);

static int clients_show(struct seq_file *m, void *v)
{
	clients_list(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(clients);

/* Bytes; 0 means no limit. */
static int limit_get(void *data, u64 *value)
{
	*value = owner_limit(data);
	return 0;
}

static int limit_set(void *data, u64 value)
{
	if (value > LONG_MAX)
		return -ERANGE;
	owner_set_limit(data, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(limit_fops, limit_get, limit_set, "%llu\n");

static int debug_show(struct seq_file *m, void *v)
{
	char text[LETTERS_BYTES];

	letters_text(debug_mode(m->private), text);
	seq_printf(m, "%s\n", text);
	return 0;
}

static int debug_open(struct inode *inode, struct file *file)
{
	return single_open(file, debug_show, inode->i_private);
}

static ssize_t debug_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct kspan_heap *heap = file_inode(file)->i_private;
	char text[LETTERS_BYTES + 1] = "";
	u32 letters;
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	err = letters_parse(text, &letters) ?: debug_mode_set(heap, letters);
	return err ?: len;
}

static const struct file_operations debug_fops = {
	.owner = THIS_MODULE,
	.open = debug_open,
	.read = seq_read,
	.write = debug_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void debugfs_add_heap(struct kspan_heap *heap)
{
	struct dentry *dir = debugfs_create_dir(heap->owner.name, heaps_dir);

	debugfs_create_file("stats", 0444, dir, heap, &stats_fops);
	debugfs_create_file("size_classes", 0444, dir, heap, &size_classes_fops);
	debugfs_create_file("mcaches", 0444, dir, heap, &mcaches_fops);
	debugfs_create_file("leaks", 0400, dir, heap, &leaks_fops);
	debugfs_create_file("debug", 0600, dir, heap, &debug_fops);
	debugfs_create_file_unsafe("limit", 0644, dir, &heap->owner, &limit_fops);
	heap->dir = dir;
}

/* Waits until nobody reads the files. */
void debugfs_remove_heap(struct kspan_heap *heap)
{
	debugfs_remove_recursive(heap->dir);
	heap->dir = NULL;
}

/* Raised when a program that reads the files may misread them. */
#define FORMAT	1

static int format_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%u\n", FORMAT);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(format);

/* Errors are ignored, as usual with debugfs: kspan works without it. */
void debugfs_start(void)
{
	root = debugfs_create_dir("kspan", NULL);
	debugfs_create_file("stats", 0444, root, NULL, &stats_fops);
	debugfs_create_file("size_classes", 0444, root, NULL, &size_classes_fops);
	debugfs_create_file("mcaches", 0444, root, &default_heap, &mcaches_fops);
	debugfs_create_file("arenas", 0400, root, NULL, &arenas_fops);
	debugfs_create_file("segments", 0400, root, NULL, &segments_fops);
	debugfs_create_file("map", 0400, root, NULL, &map_fops);
	debugfs_create_file("profile", 0400, root, NULL, &profile_fops);
	debugfs_create_file("profile_total", 0400, root, NULL, &profile_total_fops);
	debugfs_create_file("profile_pprof", 0400, root, NULL, &profile_pprof_fops);
	debugfs_create_file("format", 0444, root, NULL, &format_fops);
	debugfs_create_file("clients", 0444, root, NULL, &clients_fops);
	debugfs_create_file("trim", 0200, root, NULL, &trim_fops);
	regions_debugfs_start(root);
	heaps_dir = debugfs_create_dir("heaps", root);
	debugfs_add_heap(&default_heap);
	debugfs_add_heap(&override_heap);
}

void debugfs_stop(void)
{
	debugfs_remove_recursive(root);
}
