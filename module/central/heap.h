/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heap: a named allocator: its mcaches and mcentrals, and the pages it holds. Where several memory
 * nodes are, a heap consists of parts, one for each node. On each CPU its @alloc_mcaches lead to
 * those of the part that has the CPU's node: objects are local when they are allocated, and a free
 * takes them to the part that their span names. The default heap and that of the override always
 * exist; heap/heaps.c creates others. The comment of each field names its lock.
 */
#ifndef _KSPAN_HEAP_H
#define _KSPAN_HEAP_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/topology.h>
#include <kspan/heap.h>
#include "central/mcentral.h"

struct quarantine;

/**
 * struct kspan_heap - an allocator
 * @owner: mcaches, name, constructor, limit: the part that its spans refer to; first in the struct,
 *	which saves the fast path an offset
 * @no_tiny: objects under 8 bytes are not packed; may change with the debug mode
 * @no_tiny_flag: nor are they without one; constant
 * @keep_leaks: objects that are live when the heap is destroyed stay valid; constant
 * @ended: destroyed, but kept for its live objects; heaps_lock
 * @alloc_mcaches: where an allocation of any size looks first: @owner.mcaches, or of a pool, which
 *	refuses it, one that finds nothing; constant
 * @is_pool: all objects are of one class, and there are no large or tiny ones; constant
 * @client_gone: the module that created it was unloaded, which was reported; heaps_lock
 * @magazine_bytes: largest number of bytes of one class that a CPU keeps; 0: as the module's
 *	parameter magazine_kb
 * @large_objects: large spans, each with an object or kept by a CPU; atomic
 * @large_bytes: bytes of these spans; atomic
 * @large_allocs: large objects ever allocated, but for those in kept spans; atomic
 * @tiny_allocs: tiny objects allocated without an mcache; atomic
 * @tiny_frees: tiny objects freed without an mcache; atomic
 * @rcu_frees: objects that wait for kspan_free_rcu()'s grace period; atomic
 * @wants_room: pages that an allocation lacked which may not sleep and met the limit, until the
 *	worker takes the request; KICK_ROOM, atomic
 * @lacks: the request that the worker took; only the worker
 * @shortage_lock: held while @shortage runs, and to change it
 * @shortage: the owner's callback, or NULL; @shortage_lock, but also looked at without
 * @shortage_arg: for @shortage; @shortage_lock
 * @teller: the task that @shortage runs in; @shortage_lock, but also looked at without
 * @root: the heap that this is a node's part of, or itself; constant
 * @first_set: the first of its parts, each with mcaches, spans and counts of its own; itself if it
 *	has none. Constant, as the next two
 * @next_set: the next part of @root
 * @sets: the parts by memory node, NULL for a node without memory; or NULL
 * @quarantine: of debug mode Q, or NULL; set once; not of a part
 * @special: of a pool: its flags that keep an allocation off its shortest path; heaps_lock
 * @list: entry in the list of all heaps; not of a part; heaps_lock
 * @client: the name of the module that created the heap, allocated; not of a part; constant
 * @dir: its directory in debugfs; heaps_lock
 * @rcu: to free it
 * @central: see heap_central(); [0] only lists the spans of large objects
 */
struct kspan_heap {
	struct owner owner;
	struct mcache * __percpu *alloc_mcaches;
	bool no_tiny;
	bool no_tiny_flag;
	bool keep_leaks;
	bool ended;
	bool is_pool;
	bool client_gone;
	unsigned long magazine_bytes;
	atomic_long_t large_objects;
	atomic_long_t large_bytes;
	atomic_long_t large_allocs;
	atomic_long_t tiny_allocs;
	atomic_long_t tiny_frees;
	atomic_long_t rcu_frees;
	unsigned long wants_room;
	unsigned long lacks;
	struct mutex shortage_lock;
	kspan_shortage_fn shortage;
	void *shortage_arg;
	struct task_struct *teller;
	struct kspan_heap *root;
	struct kspan_heap *first_set;
	struct kspan_heap *next_set;
	struct kspan_heap **sets;
	struct quarantine *quarantine;
	gfp_t *special;
	struct list_head list;
	const char *client;
	struct dentry *dir;
	struct rcu_head rcu;
	struct mcentral central[];
};

/* Flags of a heap that say what memory it has. */
#define HEAP_PLACE_FLAGS	(KSPAN_HEAP_DIRECT | KSPAN_HEAP_OR_VMALLOC | KSPAN_HEAP_DMA32 | \
				 KSPAN_HEAP_DMA)

/* All clients share these: the second has blocks of the direct map, for <kspan/slab_override.h>. */
extern struct kspan_heap default_heap, override_heap;
DECLARE_PER_CPU(struct mcache *, default_mcache);
DECLARE_PER_CPU(struct mcache *, override_mcache);

static inline bool heap_is_shared(const struct kspan_heap *heap)
{
	return heap == &default_heap || heap == &override_heap;
}

static inline struct kspan_heap *heap_of_owner(struct owner *owner)
{
	return container_of(owner, struct kspan_heap, owner);
}

static inline struct kspan_heap *heap_of(const struct mspan *span)
{
	return heap_of_owner(span->owner);
}

/* Each part of a heap that has spans: itself, or one for each memory node. */
#define for_each_set(heap, set)	\
	for ((set) = (heap)->first_set; (set); (set) = (set)->next_set)

/* The part of a heap that has the memory of a node; if there is none, any. */
static inline struct kspan_heap *heap_of_node(struct kspan_heap *heap, int node)
{
	if (!heap->sets)
		return heap;
	return heap->sets[node] ?: heap->first_set;
}

/* The part that an allocation on this CPU uses. */
static inline struct kspan_heap *heap_here(struct kspan_heap *heap)
{
	return heap_of_node(heap, numa_mem_id());
}

/* The heap that a span's part belongs to. */
static inline struct kspan_heap *heap_root_of(const struct mspan *span)
{
	return heap_of(span)->root;
}

/* The one place that knows where a heap has the shared spans of a class. */
static inline struct mcentral *heap_central(struct kspan_heap *heap, unsigned int class)
{
	return &heap->central[owner_index(&heap->owner, class)];
}

/* The classes that a heap has, in ascending order, without CLASS_LARGE. */
#define for_each_class(heap, class)						\
	for ((class) = (heap)->owner.first_class;				\
	     owner_has_class(&(heap)->owner, (class)); (class)++)

/* Bytes of a heap with so many classes, beside CLASS_LARGE. */
static inline size_t heap_bytes(unsigned int nr_classes)
{
	return sizeof(struct kspan_heap) + (nr_classes + 1) * sizeof(struct mcentral);
}

void heap_set_call_in(void (*fn)(struct kspan_heap *heap));
void heap_init(struct kspan_heap *heap, unsigned int only_class);
void heap_set_shortage(struct kspan_heap *heap, kspan_shortage_fn fn, void *arg);
bool heap_tell_begin(struct kspan_heap *heap);
void heap_tell(struct kspan_heap *heap);
void heap_tell_end(struct kspan_heap *heap);
void heap_forbid_mcaches(struct kspan_heap *heap, u8 reason, bool forbid);
void heap_offer_empty(struct kspan_heap *heap);
void heap_drain_depots(struct kspan_heap *heap, bool idle_only);
void heap_walk(struct kspan_heap *heap, void (*fn)(struct mspan *span, void *arg), void *arg);

#endif /* _KSPAN_HEAP_H */
