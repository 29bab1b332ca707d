/* SPDX-License-Identifier: GPL-2.0 */
/* kspan_misuse: the table of misuse: what its cases share. table.c describes it. */
#ifndef _KSPAN_MISUSE_TABLE_H
#define _KSPAN_MISUSE_TABLE_H

#include <linux/printk.h>
#include <linux/types.h>
#include <kspan/heap.h>

/* Sizes that fill what both allocators give for them, so that the next byte is somebody else's. */
#define SMALL	64
#define MEDIUM	4096
#define LARGE	65536

struct table;

/* What is misused. All but @alloc and @free may be NULL: the allocator has no such call. */
struct allocator {
	const char *name;
	void *(*alloc)(struct table *t, size_t size, gfp_t gfp);
	void (*free)(const void *p);
	void (*free_sized)(const void *p, size_t size);
	void (*free_sensitive)(const void *p);
	void (*free_bulk)(unsigned int n, void **objs);
	void (*free_rcu)(void *p);
	void (*rcu_wait)(void);
	void *(*realloc)(const void *p, size_t size, gfp_t gfp);
	size_t (*size)(const void *p);
	void *(*foreign)(void);			/* an object of another allocator */
	void (*foreign_free)(const void *p);
	bool (*guarded)(const void *p, size_t size);
	size_t guarded_bytes;			/* larger ones are not guarded */
	void (*settle)(void);			/* brings to light what is found late */
};

struct table_case {
	const char *name;
	void (*run)(struct table *t);
	size_t size;		/* of its objects; 0: it needs none */
	size_t by;		/* bytes, or a count, or a kind */
	unsigned int flags;
};

#define CASE_KSPAN	1	/* kspan alone has such a call */
#define CASE_AT_END	2	/* a guarded object is to end at a page without access */
#define CASE_AT_START	4	/* it is to begin behind one */

/* What came of it: bits of table.harm, and what they are called. */
#define HARM_NEIGHBOUR	1	/* a live object holds something else */
#define HARM_TWICE	2	/* memory was handed out twice */
#define HARM_READ	4	/* a read told what an object holds or held */
#define HARM_DIRTY	8	/* memory that should be zero is not */
#define HARM_BOOKS	16	/* the number of live objects is wrong */
#define HARM_SERVED	32	/* a request that cannot be right was served */
#define HARM_NAMES	"neighbour", "twice", "read", "dirty", "books", "served"

/**
 * struct table - a case that runs
 * @c: the case
 * @a: the allocator
 * @heap: where objects of kspan's come from; NULL: the default heap
 * @guard: the victim is to be a guarded object
 * @p: the object that is misused; NULL once its owner has freed it
 * @bytes: its size
 * @objs: live objects of others, each filled with its tag
 * @n: how many
 * @room: for how many there is room
 * @others: objects that are freed on the way, not filled
 * @nr_others: how many
 * @harm: HARM_ bits
 * @no_way: why the case could not be run, or NULL
 */
struct table {
	const struct table_case *c;
	const struct allocator *a;
	struct kspan_heap *heap;
	bool guard;
	void *p;
	size_t bytes;
	void **objs;
	unsigned int n;
	unsigned int room;
	void **others;
	unsigned int nr_others;
	unsigned int harm;
	const char *no_way;
};

/* Around what is wrong: a report between them came at once. */
#define table_acts()	pr_info(KBUILD_MODNAME ": table: acts\n")
#define table_acted()	pr_info(KBUILD_MODNAME ": table: acted\n")

extern const struct allocator table_kspan, table_kmalloc;
extern const struct table_case table_frees[], table_accesses[], table_owners[], table_calls[];
extern const struct table_case table_core[];	/* the kernel itself fails */

bool table_open(struct table *t, size_t size);
void *table_open_freed(struct table *t, size_t size);
bool table_reuse(struct table *t, const void *p);
bool table_others(struct table *t, unsigned int n);
void table_free_others(struct table *t);
void table_forget(struct table *t);
bool table_is_tagged(const void *p, size_t bytes);
void table_tag(void *p, size_t size, unsigned int i);
void table_close(struct table *t);

#endif /* _KSPAN_MISUSE_TABLE_H */
