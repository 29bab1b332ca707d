// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: every way to free one object.
 */
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include "torture.h"

#define RCU_LIMIT		1024UL		/* larger ones would pile up until a grace period */
#define SENSITIVE_LIMIT		65536UL		/* zeroing more takes too long in an interrupt */

struct rcu_object {
	u64 word;
	struct rcu_head rcu;
};

/* The object is about to be freed: stop counting it as live. */
void object_gone(struct actor *a, const struct object *o)
{
	count(a, COUNT_FREES);
	if (o->cpu != raw_smp_processor_id())
		count(a, COUNT_FAR_FREES);
	if (o->context != a->context)
		count(a, COUNT_FOREIGN_FREES);
	bytes_adjust(-(s64)o->size);
}

static bool may_free_rcu(struct actor *a, const struct object *o)
{
	return a->context != CONTEXT_NMI && o->origin != ORIGIN_BUILT &&
	       o->size >= sizeof(struct rcu_object) && o->size <= RCU_LIMIT;
}

static void release_rcu(struct actor *a, void *p)
{
	struct rcu_object *object = p;

	count(a, COUNT_FREE_RCU);
	kspan_free_rcu(object, rcu);
}

static void release_sensitive(struct actor *a, void *p)
{
	count(a, COUNT_FREE_SENSITIVE);
	kspan_free_sensitive(p);
}

static void release_sized(struct actor *a, const struct object *o)
{
	count(a, COUNT_FREE_SIZED);
	kspan_free_sized(o->p, o->size);
}

#ifdef DEFINE_FREE
static void release_scoped(struct actor *a, void *p)
{
	void *scoped __free(kspan_free) = p;

	count(a, COUNT_FREE_SCOPED);
}
#else
static void release_scoped(struct actor *a, void *p)
{
	kspan_free(p);
}
#endif

void object_release(struct actor *a, struct object *o)
{
	u32 way = pick(a, 32);

	object_gone(a, o);
	if (o->origin == ORIGIN_BUILT)
		built_restore(o);
	if (is_element(o)) {
		element_free(o);
	} else if (o->origin != ORIGIN_HEAP && way >= 14) {
		pool_object_free(a, o);
	} else if (way < 8) {
		release_sized(a, o);
	} else if (way < 10 && (actor_sleeps(a) || o->size <= SENSITIVE_LIMIT)) {
		release_sensitive(a, o->p);
	} else if (way < 12 && may_free_rcu(a, o)) {
		release_rcu(a, o->p);
	} else if (way < 14) {
		release_scoped(a, o->p);
	} else {
		count(a, COUNT_FREE);
		kspan_free(o->p);
	}
}
