// SPDX-License-Identifier: GPL-2.0
/*
 * region_names: all regions by name, their figures in debugfs, and the leak report at unload.
 * Belongs to region; regions_lock, a mutex, under which nothing is allocated: a shrinker takes it.
 * Figures are read while others change them: each is one
 * word, and is exact while the region is not in use.
 */
#include <linux/debugfs.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "region/region.h"

static DEFINE_MUTEX(regions_lock);
static LLIST_HEAD(forgotten);
static LIST_HEAD(regions);
static struct dentry *regions_dir;

/**
 * struct region_sums - the figures of a region, or the sum over its CPUs' parts
 * @used: bytes allocated
 * @peak: the most bytes ever allocated; for a per-CPU region the sum of the parts' peaks
 * @held: bytes of all blocks
 * @blocks: number of blocks
 * @spare: number of blocks without objects
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
	u64 blocks;
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
	unsigned long used = peek(r->before), held = atomic_long_read(&r->held);

	used += peek(r->head.cursor);
	used -= peek(r->start);
	return min(used, held);
}

static void add_region(struct region_sums *sums, const struct region *r)
{
	unsigned long used = peek_used(r), peak = peek(r->peak);

	sums->used += used;
	sums->peak += max(used, peak);
	sums->held += atomic_long_read(&r->held);
	sums->blocks += atomic_long_read(&r->nr_blocks);
	sums->spare += atomic_long_read(&r->nr_spare);
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
	show_value(m, "blocks", sums.blocks);
	show_value(m, "spare_blocks", sums.spare);
	show_value(m, "block_size", r->block_size);
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

static bool is_dropped(const struct region_entry *entry)
{
	struct region_sums sums;

	sum_up(entry, &sums);
	return !sums.used && !sums.held && !sums.blocks && !sums.spare;
}

static void forget(struct region_entry *entry)
{
	debugfs_remove_recursive(entry->dir);	/* waits for readers */
	mutex_lock(&regions_lock);		/* and for a trim */
	list_del(&entry->list);
	mutex_unlock(&regions_lock);
	kspan_assert(is_dropped(entry));
	entry->free(entry);
}

static void forget_all(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&forgotten);
	struct region_entry *entry, *next;

	llist_for_each_entry_safe(entry, next, list, node)
		forget(entry);
}

static DECLARE_WORK(forget_work, forget_all);

/**
 * regions_remove() - forget a region
 * @entry: from regions_add()
 * @free: called when nobody reads the region's figures any more
 *
 * The caller may be a shrinker, which a task that looks up a directory in debugfs may have called:
 * then a work removes the directory. Until it is gone the name is taken.
 *
 * Context: Process context.
 */
void regions_remove(struct region_entry *entry, void (*free)(struct region_entry *entry))
{
	entry->free = free;
	if (!(current->flags & PF_MEMALLOC))
		forget(entry);
	else if (llist_add(&entry->node, &forgotten))
		queue_work(system_unbound_wq, &forget_work);
}

static int add_name(struct region_entry *entry)
{
	int err = 0;

	mutex_lock(&regions_lock);
	if (is_taken(entry->name))
		err = -EEXIST;
	else
		list_add_tail(&entry->list, &regions);
	mutex_unlock(&regions_lock);
	return err;
}

/**
 * regions_add() - make a region known
 * @entry: zeroed, with @one or @each set
 * @name: its name, which is checked here
 * @caller: return address in the client
 *
 * Context: Process context.
 * Return: 0, -EINVAL or -EEXIST.
 */
int regions_add(struct region_entry *entry, const char *name, unsigned long caller)
{
	int err = name_check("region", name);

	if (err)
		return err;
	strscpy(entry->name, name, sizeof(entry->name));
	name_client(entry->client, caller);
	err = add_name(entry);
	if (err && !(current->flags & PF_MEMALLOC)) {
		flush_work(&forget_work);	/* the name may be on its way out */
		err = add_name(entry);
	}
	if (err)
		return err;
	/* Without the lock: debugfs allocates memory, and a shrinker may remove a region. */
	entry->dir = debugfs_create_dir(entry->name, regions_dir);
	debugfs_create_file("stats", 0444, entry->dir, entry, &stats_fops);
	return 0;
}

/* No region is removed any more: wait for those that were. */
void regions_settle(void)
{
	flush_work(&forget_work);
}

static void trim(struct region *r)
{
	region_free_spare(r, &r->spare);
	region_free_spare(r, &r->spare_own);
}

static void trim_entry(struct region_entry *entry)
{
	int cpu;

	if (entry->one) {
		trim(entry->one);
		return;
	}
	for_each_possible_cpu(cpu)
		trim(per_cpu_ptr(entry->each, cpu));
}

/**
 * regions_trim() - free the blocks of all regions that hold no object
 *
 * The regions may be in use, and other trims may run. Their pages wait for mheap_drain().
 *
 * Context: Process context; the shrinker.
 */
void regions_trim(void)
{
	struct region_entry *entry;

	mutex_lock(&regions_lock);
	list_for_each_entry(entry, &regions, list) {
		trim_entry(entry);
		cond_resched();
	}
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
		pr_err("region %s was not destroyed: %llu bytes in %llu blocks still live\n",
		       entry->name, sums.used, sums.blocks);
		n++;
	}
	mutex_unlock(&regions_lock);
	return n;
}

/**
 * regions_report_client() - log the regions that a module leaves behind
 * @client: its name; it is about to go
 *
 * Context: Process context.
 * Return: whether there are any.
 */
bool regions_report_client(const char *client)
{
	struct region_entry *entry;
	struct region_sums sums;
	bool any = false;

	mutex_lock(&regions_lock);
	list_for_each_entry(entry, &regions, list) {
		if (entry->client_gone || strcmp(entry->client, client))
			continue;
		sum_up(entry, &sums);
		pr_err("module %s goes and leaves region \"%s\" of %llu bytes in %llu blocks\n",
		       client, entry->name, sums.used, sums.blocks);
		entry->client_gone = true;
		any = true;
	}
	mutex_unlock(&regions_lock);
	return any;
}

/**
 * regions_each() - tell of the regions of each client
 * @fn: called for each region with its client and the bytes in use; allocates nothing
 * @arg: for @fn
 *
 * Context: Process context.
 */
void regions_each(void (*fn)(const char *client, u64 bytes, void *arg), void *arg)
{
	struct region_entry *entry;
	struct region_sums sums;

	mutex_lock(&regions_lock);
	list_for_each_entry(entry, &regions, list) {
		sum_up(entry, &sums);
		fn(entry->client, sums.used, arg);
	}
	mutex_unlock(&regions_lock);
}
