// SPDX-License-Identifier: GPL-2.0
/*
 * heap_memory: what a heap is made of: its description, its parts by memory node, its per-CPU
 * pointers. No lock: nobody else knows of the heap.
 */
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "base/names.h"
#include "base/params.h"
#include "cpu/mcache.h"
#include "heap/debug.h"
#include "heap/heap_memory.h"
#include "heap/quarantine.h"
#include "pages/reserve.h"

/* The memory that the flags ask for, which check_place_flags() has checked. */
static void choose_place(struct owner *owner, unsigned int flags)
{
	if (!(flags & KSPAN_HEAP_DIRECT))
		return;
	owner->place.backing = flags & KSPAN_HEAP_DMA ? BACKING_DMA :
			       flags & KSPAN_HEAP_DMA32 ? BACKING_DMA32 : BACKING_DIRECT;
	owner->or_vmalloc = flags & KSPAN_HEAP_OR_VMALLOC;
}

/* On each CPU mcache_absent(). */
static DEFINE_PER_CPU(struct mcache *, no_mcache);

/* Before the first heap is made. */
void heap_memory_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(no_mcache, cpu) = mcache_absent(cpu);
}

static void set_free(struct kspan_heap *set)
{
	free_percpu(set->owner.mcaches);
	kvfree(set);
}

/* Free the parts of a heap. The default heap itself stays. */
void heap_sets_free(struct kspan_heap *heap)
{
	struct kspan_heap *set, *next;

	for (set = heap->first_set; set && set != heap; set = next) {
		next = set->next_set;
		set_free(set);
	}
	kfree(heap->sets);
	heap->sets = NULL;
	heap->first_set = heap;
}

/* Free a heap that nobody knows of, or after all have forgotten it. */
void heap_free(struct kspan_heap *heap)
{
	kfree(heap->client);
	reserve_unuse(heap->owner.place);
	quarantine_delete(heap->quarantine);
	heap_sets_free(heap);
	set_free(heap);
}

void heap_free_rcu(struct rcu_head *rcu)
{
	heap_free(container_of(rcu, struct kspan_heap, rcu));
}

/* heap_init(), and no CPU has an mcache of the heap yet. */
void heap_begin(struct kspan_heap *heap, unsigned int only_class)
{
	struct mcache **place;
	int cpu;

	for_each_possible_cpu(cpu) {
		place = per_cpu_ptr(heap->owner.mcaches, cpu);
		*place = mcache_absent(cpu);
	}
	heap_init(heap, only_class);
}

static struct kspan_heap *set_new(unsigned int only_class)
{
	struct kspan_heap *heap = kvzalloc(heap_bytes(only_class ? 1 : NR_CLASSES - 1), GFP_KERNEL);

	if (!heap)
		return NULL;
	heap->owner.mcaches = alloc_percpu(struct mcache *);
	if (!heap->owner.mcaches) {
		kvfree(heap);
		return NULL;
	}
	heap_begin(heap, only_class);
	if (only_class)
		heap->alloc_mcaches = &no_mcache;
	return heap;
}

/* The part of a heap that has the memory of a node. */
static struct kspan_heap *set_of_node(struct kspan_heap *heap, int node)
{
	struct kspan_heap *set = set_new(heap->is_pool ? heap->owner.first_class : 0);

	if (!set)
		return NULL;
	strscpy(set->owner.name, heap->owner.name, sizeof(set->owner.name));
	set->owner.ctor = heap->owner.ctor;
	set->owner.zero_on_free = heap->owner.zero_on_free;
	set->owner.account = &heap->owner;
	set->owner.place = (struct place) { heap->owner.place.backing, node };
	set->owner.or_vmalloc = heap->owner.or_vmalloc;
	set->no_tiny_flag = heap->no_tiny_flag;
	set->keep_leaks = heap->keep_leaks;
	set->magazine_bytes = heap->magazine_bytes;
	set->root = heap;
	return set;
}

/*
 * Make the parts of a heap, before it is used. All at once: an allocation that may not sleep could
 * not make its own. Where one node has all memory there are none.
 */
int heap_split(struct kspan_heap *heap)
{
	struct kspan_heap **last = &heap->first_set, *set;
	int node;

	if (!place_by_node)
		return 0;
	heap->sets = kcalloc(nr_node_ids, sizeof(*heap->sets), GFP_KERNEL);
	if (!heap->sets)
		return -ENOMEM;
	for_each_node_state(node, N_MEMORY) {
		set = set_of_node(heap, node);
		if (!set) {
			heap_sets_free(heap);
			return -ENOMEM;
		}
		heap->sets[node] = set;
		*last = set;
		last = &set->next_set;
	}
	return 0;
}

/**
 * heap_new() - make a heap that nobody knows of
 * @name: its name, which is valid
 * @params: valid as well
 * @ctor: called for each object of a new span, or NULL
 * @only_class: a pool's class; 0: all classes
 * @caller: return address in the client
 *
 * Context: Process context.
 * Return: the heap, for heap_free(), or NULL.
 */
struct kspan_heap *heap_new(const char *name, const struct kspan_heap_params *params,
			    void (*ctor)(void *obj), unsigned int only_class, unsigned long caller)
{
	struct kspan_heap *heap = set_new(only_class);
	char client[CLIENT_BYTES];

	if (!heap)
		return NULL;
	strscpy(heap->owner.name, name, sizeof(heap->owner.name));
	heap->no_tiny_flag = params->flags & KSPAN_HEAP_NO_TINY;
	heap->owner.zero_on_free = params->flags & KSPAN_HEAP_ZERO_ON_FREE;
	heap->keep_leaks = params->flags & KSPAN_HEAP_KEEP_LEAKS;
	heap->magazine_bytes = (unsigned long)params->magazine_kb << 10;
	choose_place(&heap->owner, params->flags);
	reserve_use(heap->owner.place);
	owner_set_limit(&heap->owner, params->limit);
	heap->owner.ctor = ctor;
	name_client(client, caller);
	heap->client = kstrdup(client, GFP_KERNEL);
	if (!heap->client || heap_split(heap) || debug_begin(heap, param_debug())) {
		heap_free(heap);
		return NULL;
	}
	return heap;
}
