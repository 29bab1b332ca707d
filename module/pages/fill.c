// SPDX-License-Identifier: GPL-2.0
/*
 * fill: a tree by free pages, in which each segment knows the longest free run at and below it. See
 * fill.h.
 */
#include <linux/minmax.h>
#include <linux/rbtree_augmented.h>
#include "pages/fill.h"

static unsigned long longest_run(const struct segment *seg)
{
	return page_alloc_max(&seg->pages);
}

RB_DECLARE_CALLBACKS_MAX(static, fill_callbacks, struct segment, fill_node, unsigned long, longest,
			 longest_run)

/* Of equals the oldest is first, so that the others may drain. */
bool fill_is_fuller(const struct segment *a, const struct segment *b)
{
	return a->free_pages != b->free_pages ? a->free_pages < b->free_pages :
						a->number < b->number;
}

void fill_insert(struct segment *seg)
{
	struct rb_node **link = &seg->tree->rb_node, *parent = NULL;
	struct segment *other;

	seg->longest = longest_run(seg);
	while (*link) {
		parent = *link;
		other = fill_entry(parent);
		other->longest = max(other->longest, seg->longest);
		link = fill_is_fuller(seg, other) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&seg->fill_node, parent, link);
	rb_insert_augmented(&seg->fill_node, seg->tree, &fill_callbacks);
}

/* Before its free pages change. */
void fill_erase(struct segment *seg)
{
	rb_erase_augmented(&seg->fill_node, seg->tree, &fill_callbacks);
}

static bool has_below(struct rb_node *node, unsigned long n)
{
	return node && fill_entry(node)->longest >= n;
}

/* The fullest segment with a free run of @n pages, or NULL. */
struct segment *fill_find(const struct rb_root *tree, unsigned long n)
{
	struct rb_node *node = tree->rb_node;

	if (!has_below(node, n))
		return NULL;
	while (has_below(node->rb_left, n) || longest_run(fill_entry(node)) < n)
		node = has_below(node->rb_left, n) ? node->rb_left : node->rb_right;
	return fill_entry(node);
}

/* The fullest one where the run's address is a multiple of @align pages, or NULL. */
struct segment *fill_find_aligned(const struct rb_root *tree, unsigned long n, unsigned long align)
{
	struct segment *seg;

	for (seg = fill_find(tree, n); seg; seg = fill_entry(rb_next(&seg->fill_node)))
		if (longest_run(seg) >= n && segment_find(seg, n, align))
			return seg;
	return NULL;
}

/* The longest free run of all, in pages. */
unsigned long fill_longest(const struct rb_root *tree)
{
	return tree->rb_node ? fill_entry(tree->rb_node)->longest : 0;
}
