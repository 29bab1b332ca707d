// SPDX-License-Identifier: GPL-2.0
/*
 * map: see map.h. A row a run of pages of one use. The file is read segment by segment, each under
 * mheap.lock: others may come, go and change between two. A position in the file is the number of
 * the machine's page after which the next segment is looked for.
 */
#include <linux/module.h>
#include <linux/seq_file.h>
#include "central/heap.h"
#include "pages/arenas.h"
#include "pages/pagemap.h"
#include "upkeep/map.h"

#define HEADER_ROW	0

/* The first segment that begins at or behind an address, or NULL. */
static struct segment *segment_from(unsigned long addr)
{
	struct rb_node *node = mheap.by_address.rb_node;
	struct segment *seg, *best = NULL;

	while (node) {
		seg = rb_entry(node, struct segment, address_node);
		if (seg->base >= addr)
			best = seg;
		node = seg->base >= addr ? node->rb_left : node->rb_right;
	}
	return best;
}

/* mheap.lock is held from here until map_stop(). */
static void *map_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&mheap.lock);
	if (*pos == HEADER_ROW)
		return SEQ_START_TOKEN;
	return segment_from((unsigned long)*pos << PAGE_SHIFT);
}

static void *map_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct segment *seg = segment_from(v == SEQ_START_TOKEN ? 0 :
						((struct segment *)v)->base + 1);

	*pos = seg ? (loff_t)(seg->base >> PAGE_SHIFT) : (loff_t)(ULONG_MAX >> PAGE_SHIFT);
	return seg;
}

static void map_stop(struct seq_file *m, void *v)
{
	mutex_unlock(&mheap.lock);
}

static void show_run(struct seq_file *m, const struct segment *seg, unsigned long page,
		     unsigned long n, const char *use)
{
	seq_printf(m, "%7lu %5lu %5lu %-7s", seg->number, page, n, use);
}

/* Objects of a span that are in use, or in a CPU's cache. */
static unsigned int taken_objects(const struct mspan *span)
{
	if (span->class == CLASS_LARGE)
		return !(atomic_long_read(&span->state) & MSPAN_FREED);
	return mspan_nr_objs(span) - min_t(unsigned int, peek(span->nr_free), mspan_nr_objs(span));
}

/* Return: how many pages of the segment it covers from @page on. */
static unsigned long show_span(struct seq_file *m, const struct segment *seg, unsigned long page,
			       const struct mspan *span)
{
	size_t bytes = span->class == CLASS_LARGE ? mspan_bytes(span) :
						    size_classes[span->class].size;
	unsigned long first = (span->base - seg->base) >> KSPAN_PAGE_SHIFT;
	unsigned long n = first + span->npages - page;

	show_run(m, seg, page, n, span->region ? "region" : "span");
	seq_printf(m, " %8zu %7u %7u %s\n", bytes, mspan_nr_objs(span), taken_objects(span),
		   heap_root_of(span)->owner.name);
	return n;
}

static const char *use_of(const struct segment *seg, unsigned long page)
{
	if (segment_is_hole(seg, page))
		return "hole";
	return test_bit(page, seg->pages.used) ? "reserve" : "free";
}

static bool has_span(const struct segment *seg, unsigned long page, struct mspan **span)
{
	if (segment_is_hole(seg, page) || !test_bit(page, seg->pages.used))
		return false;
	*span = pagemap_find(seg->base + (page << KSPAN_PAGE_SHIFT));
	return (*span)->npages;
}

static void show_segment(struct seq_file *m, const struct segment *seg)
{
	unsigned long page = 0, first;
	struct mspan *span;
	const char *use;

	seq_printf(m, "%7lu %5u %5lu segment %8lu %7d %7d %s\n", seg->number, 0, seg->npages,
		   seg->bytes, seg->node, 0, backing_name(seg->backing));
	while (page < seg->npages) {
		if (has_span(seg, page, &span)) {
			page += show_span(m, seg, page, span);
			continue;
		}
		first = page;
		use = use_of(seg, page);
		while (++page < seg->npages && !has_span(seg, page, &span) &&
		       use_of(seg, page) == use)
			;
		show_run(m, seg, first, page - first, use);
		seq_puts(m, "        0       0       0 -\n");
	}
}

static int map_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		seq_printf(m, "%7s %5s %5s %-7s %8s %7s %7s %s\n", "segment", "page", "pages",
			   "use", "bytes", "objects", "taken", "heap");
	else
		show_segment(m, v);
	return 0;
}

static const struct seq_operations map_ops = {
	.start = map_start,
	.next = map_next,
	.stop = map_stop,
	.show = map_show,
};

static int map_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &map_ops);
}

const struct file_operations map_fops = {
	.owner = THIS_MODULE,
	.open = map_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};
