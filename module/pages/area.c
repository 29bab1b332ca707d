// SPDX-License-Identifier: GPL-2.0
/*
 * area: see area.h.
 *
 * vmalloc() takes pages of the CPU that calls, and none of its functions that modules may call
 * takes both a node and all flags. For another node, or with other flags, the pages are allocated
 * one by one, and mapped.
 */
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include "base/compat.h"
#include "pages/area.h"

/*
 * With huge mappings vmalloc rounds an area up to 2 MB, and allocates what it rounded up to: only
 * where that is little they are asked for.
 */
static void *alloc_here(unsigned long bytes, gfp_t gfp)
{
	return ALIGN(bytes, SZ_2M) - bytes <= bytes / 32 ? vmalloc_huge(bytes, gfp) :
							   __vmalloc(bytes, gfp);
}

static void free_pages_of(struct page **pages, unsigned long n)
{
	while (n)
		__free_page(pages[--n]);
	kvfree(pages);
}

/* vfree() frees the pages, and their array. */
static void *alloc_on(unsigned long bytes, gfp_t gfp, int node)
{
	unsigned long i, n = bytes >> PAGE_SHIFT;
	gfp_t gfp_array = gfp & ~(VMALLOC_UNKNOWN | __GFP_ZERO);
	struct page **pages = kvmalloc_array(n, sizeof(*pages), gfp_array);
	void *vm = NULL;

	if (!pages)
		return NULL;
	gfp |= node == NUMA_NO_NODE ? 0 : __GFP_THISNODE;
	for (i = 0; i < n; i++) {
		pages[i] = alloc_pages_node(node, gfp, 0);
		if (!pages[i])
			break;
	}
	if (i == n)
		vm = vmap(pages, n, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	if (!vm)
		free_pages_of(pages, i);
	return vm;
}

/**
 * area_alloc() - allocate an area
 * @bytes: pages of the machine
 * @gfp: as for vmalloc
 * @node: memory node; NUMA_NO_NODE: any
 *
 * Return: the area, or NULL. It may have pages of other nodes: see area_node().
 */
void *area_alloc(unsigned long bytes, gfp_t gfp, int node)
{
	if ((gfp & VMALLOC_UNKNOWN) || (node != NUMA_NO_NODE && node != numa_mem_id()))
		return alloc_on(bytes, gfp, node);
	if (node == NUMA_NO_NODE)
		return alloc_here(bytes, gfp);
	return alloc_here(bytes, gfp | VMALLOC_THISNODE);
}

/**
 * area_node() - the memory node of an area
 * @vm: the area
 * @bytes: its size
 * @node: the node that it should be on
 *
 * Return: @node if all pages are there, or else the node of one that is not.
 */
int area_node(const void *vm, unsigned long bytes, int node)
{
	const void *end = vm + bytes;
	int nid;

	for (; vm < end; vm += PAGE_SIZE) {
		nid = page_to_nid(vmalloc_to_page(vm));
		if (nid != node)
			return nid;
	}
	return node;
}
