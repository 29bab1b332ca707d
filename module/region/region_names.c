// SPDX-License-Identifier: GPL-2.0
/*
 * region_names: all regions by name, their figures in debugfs, and the leak report at unload.
 * Belongs to region; regions_lock, a mutex. Figures are read while others change them: each is one
 * word, and is exact while the region is not in use.
 */
#include <linux/debugfs.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include "region/region.h"

static DEFINE_MUTEX(regions_lock);
static LIST_HEAD(regions);
static struct dentry *regions_dir;

/**
 * struct region_sums - the figures of a region, or the sum over its CPUs' parts
 * @used: bytes allocated
 * @peak: the most bytes ever allocated; for a per-CPU region the sum of the parts' peaks
 * @held: bytes of all chunks
 * @chunks: number of chunks
 * @spare: number of chunks without objects
 * @allocs: objects allocated so far
 * @failures: allocations that returned NULL
 * @marks: number of marks not yet released
 * @releases: number of marks released
 * @resets: number of resets
 */
struct region_sums {
	u64 used;
	u64 peak;
	u64 held;
	u64 chunks;
	u64 spare;
	u64 allocs;
	u64 failures;
	u64 marks;
	u64 releases;
	u64 resets;
};

/* The words may be read at different states of the region: limit the sum to the bytes held. */
static unsigned long peek_used(const struct region *r)
{
	unsigned long used = peek(r->before), held = peek(r->held);

	used += peek(r->head.cursor);
	used -= peek(r->start);
	return min(used, held);
}

static void add_region(struct region_sums *sums, const struct region *r)
{
	unsigned long used = peek_used(r), peak = peek(r->peak);

	sums->used += used;
	sums->peak += max(used, peak);
	sums->held += peek(r->held);
	sums->chunks += peek(r->nr_chunks);
	sums->spare += peek(r->nr_spare);
	sums->allocs += peek(r->head.allocs);
	sums->failures += atomic_long_read(&r->failures);
	sums->marks += peek(r->nr_marks);
	sums->releases += peek(r->releases);
	/* All parts of a per-CPU region are reset together. */
	sums->resets = peek(r->resets);
}

static const struct region *sum_up(const struct region_entry *entry, struct region_sums *sums)
{
	const struct region *r = entry->one;
	int cpu;

	*sums = (struct region_sums) { };
	if (r) {
		add_region(sums, r);
		return r;
	}
	for_each_possible_cpu(cpu) {
		r = per_cpu_ptr(entry->each, cpu);
		add_region(sums, r);
	}
	return r;
}

static void show_value(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%s %llu\n", name, value);
}

static int stats_show(struct seq_file *m, void *v)
{
	const struct region_entry *entry = m->private;
	struct region_sums sums;
	const struct region *r = sum_up(entry, &sums);

	show_value(m, "used_bytes", sums.used);
	show_value(m, "peak_used_bytes", sums.peak);
	show_value(m, "held_bytes", sums.held);
	show_value(m, "chunks", sums.chunks);
	show_value(m, "spare_chunks", sums.spare);
	show_value(m, "chunk_size", r->chunk_size);
	show_value(m, "limit", r->limit == region_no_limit() ? 0 : r->limit);
	show_value(m, "parts", entry->one ? 1 : num_possible_cpus());
	show_value(m, "allocs", sums.allocs);
	show_value(m, "alloc_failures", sums.failures);
	show_value(m, "marks", sums.marks);
	show_value(m, "releases", sums.releases);
	show_value(m, "resets", sums.resets);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static bool is_taken(const char *name)
{
	struct region_entry *entry;

	lockdep_assert_held(&regions_lock);
	list_for_each_entry(entry, &regions, list)
		if (!strcmp(entry->name, name))
			return true;
	return false;
}

/**
 * regions_add() - add a region to the list and to debugfs
 * @entry: zeroed, with @one or @each set
 * @name: its name; checked here
 *
 * Context: Process context.
 * Return: 0, -EINVAL or -EEXIST.
 */
int regions_add(struct region_entry *entry, const char *name)
{
	int err = name_check("region", name);

	if (err)
		return err;
	mutex_lock(&regions_lock);
	if (is_taken(name)) {
		mutex_unlock(&regions_lock);
		return -EEXIST;
	}
	strscpy(entry->name, name, sizeof(entry->name));
	list_add_tail(&entry->list, &regions);
	entry->dir = debugfs_create_dir(entry->name, regions_dir);
	debugfs_create_file("stats", 0444, entry->dir, entry, &stats_fops);
	mutex_unlock(&regions_lock);
	return 0;
}

/**
 * regions_remove() - remove a region from the list and from debugfs
 * @entry: added by regions_add()
 *
 * The lock is held until its directory is gone, so that another region can use the name.
 *
 * Context: Process context.
 */
void regions_remove(struct region_entry *entry)
{
	mutex_lock(&regions_lock);
	debugfs_remove_recursive(entry->dir);
	list_del(&entry->list);
	mutex_unlock(&regions_lock);
}

void regions_debugfs_start(struct dentry *root)
{
	regions_dir = debugfs_create_dir("regions", root);
}

/**
 * regions_report_leaks() - log the regions that were not destroyed before unload
 *
 * Their memory stays, as there may still be pointers into it.
 *
 * Return: the number of such regions.
 */
unsigned long regions_report_leaks(void)
{
	struct region_entry *entry;
	struct region_sums sums;
	unsigned long n = 0;

	mutex_lock(&regions_lock);
	list_for_each_entry(entry, &regions, list) {
		sum_up(entry, &sums);
		pr_err("region %s was not destroyed: %llu bytes in %llu chunks still live\n",
		       entry->name, sums.used, sums.chunks);
		n++;
	}
	mutex_unlock(&regions_lock);
	return n;
}
