// SPDX-License-Identifier: GPL-2.0
/*
 * depot: see depot.h. The list of full magazines is a stack: the last one given is taken first.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include "central/depot.h"
#include "central/magazine.h"
#include "pages/report.h"

#define MAX_SPARE		4U	/* empty magazines that a class keeps */

/* peek() looks without the lock: a stale value only costs a slower path. */

static void push(struct magazine **list, struct magazine *mag)
{
	mag->next = *list;
	*list = mag;
}

static struct magazine *pop(struct magazine **list)
{
	struct magazine *mag = *list;

	if (mag)
		*list = mag->next;
	return mag;
}

/*
 * How many full magazines a class may keep: for each CPU one, or four if the objects are so large
 * that a magazine has few. What waits in magazines comes back in the order of the frees. Only what
 * went back to the spans is placed anew, in the fuller ones, so that the others get empty.
 */
static unsigned int max_full(const struct mcentral *central)
{
	return num_online_cpus() * (size_classes[central->class].size > KSPAN_PAGE_SIZE ? 4 : 1);
}

/**
 * depot_take_full() - exchange an empty magazine for one with objects
 * @central: the class
 * @empty: the empty magazine
 *
 * Return: the magazine, or NULL if there is none; then the caller keeps @empty.
 */
struct magazine *depot_take_full(struct mcentral *central, struct magazine *empty)
{
	struct magazine *full, *surplus = NULL;
	unsigned long irqflags;

	if (!peek(central->full))
		return NULL;
	spin_lock_irqsave(&central->lock, irqflags);
	full = pop(&central->full);
	if (full) {
		central->nr_full--;
		central->nr_depot -= full->n;
		central->exchanges++;
		magazine_claim(full);
		magazine_disclaim(empty);
		empty->n = 0;
		push(&central->spare, empty);
		if (central->nr_spare++ >= MAX_SPARE) {
			surplus = pop(&central->spare);
			central->nr_spare--;
		}
	}
	spin_unlock_irqrestore(&central->lock, irqflags);
	magazine_free(surplus);
	return full;
}

/**
 * depot_has_room() - whether the depot may accept a full magazine
 * @central: the class
 *
 * The objects of the power-of-two classes are large, so they always return to their spans.
 */
bool depot_has_room(struct mcentral *central)
{
	return central->class < CLASS_POWER &&
	       peek(central->nr_full) < max_full(central);
}

/* Whether it has magazines, or objects that drains returned. */
bool depot_is_used(struct mcentral *central)
{
	return peek(central->full) || peek(central->spare) || peek(central->settling) ||
	       !llist_empty(&central->returned);
}

/* Add a magazine with objects. Return: false if the depot has enough. */
static bool push_full(struct mcentral *central, struct magazine *full)
{
	lockdep_assert_held(&central->lock);
	if (central->nr_full >= max_full(central))
		return false;
	push(&central->full, full);
	central->nr_full++;
	central->nr_depot += full->n;
	central->exchanges++;
	return true;
}

/**
 * depot_swap_full() - exchange a magazine with objects for an empty one
 * @central: the class
 * @full: the magazine; @full->n is up to date
 *
 * Return: the empty magazine, or NULL if there is none or the depot has enough full ones; then the
 * caller keeps @full.
 */
struct magazine *depot_swap_full(struct mcentral *central, struct magazine *full)
{
	struct magazine *empty = NULL;
	unsigned long irqflags;

	if (!peek(central->spare))
		return NULL;
	spin_lock_irqsave(&central->lock, irqflags);
	if (central->spare && push_full(central, full)) {
		empty = pop(&central->spare);
		central->nr_spare--;
		magazine_claim(empty);
	}
	spin_unlock_irqrestore(&central->lock, irqflags);
	return empty;
}

/**
 * depot_give_full() - give the depot a magazine with objects
 * @central: the class
 * @full: the magazine; @full->n is up to date
 *
 * Return: false if the depot has enough; then the caller keeps @full.
 */
bool depot_give_full(struct mcentral *central, struct magazine *full)
{
	unsigned long irqflags;
	bool given;

	spin_lock_irqsave(&central->lock, irqflags);
	given = push_full(central, full);
	spin_unlock_irqrestore(&central->lock, irqflags);
	return given;
}

/**
 * depot_alloc_one() - allocate an object without an mcache
 * @central: the class
 *
 * Return: the object, or 0.
 */
unsigned long depot_alloc_one(struct mcentral *central)
{
	struct magazine *mag, *empty = NULL;
	unsigned long irqflags, obj = 0;

	if (!peek(central->full))
		return 0;
	spin_lock_irqsave(&central->lock, irqflags);
	mag = central->full;
	if (mag) {
		obj = (unsigned long)mag->objs[mag->n--];
		central->nr_depot--;
		central->direct_allocs++;
		if (!mag->n) {
			empty = pop(&central->full);
			central->nr_full--;
		}
	}
	spin_unlock_irqrestore(&central->lock, irqflags);
	magazine_free(empty);
	return obj;
}

/**
 * depot_return() - leave a magazine that a drain took from a slot
 * @central: the class
 * @mag: the magazine, @mag->n of its objects being there
 *
 * Context: Any, with preemption off: the objects must be found by depot_settle() as soon as the
 *	slot does not have them any more.
 */
void depot_return(struct mcentral *central, struct magazine *mag)
{
	magazine_disclaim(mag);		/* it is settled soon */
	atomic_long_add(mag->n, &central->nr_returned);
	llist_add(&mag->node, &central->returned);
}

/**
 * depot_settle_some() - give objects that a drain returned back to their spans
 * @central: the class
 *
 * For the worker, and for who is about to claim objects: if others went back only where a class has
 * no other free ones, they would be handed out in the order of the drains, and not of the fuller
 * spans first.
 *
 * At most MCENTRAL_AT_ONCE objects, as interrupts are off meanwhile. They leave the magazine and
 * get to their spans under the same lock: its holder finds each object in one of the two.
 *
 * Context: Any that may take a spinlock.
 * Return: whether there were any magazines.
 */
bool depot_settle_some(struct mcentral *central)
{
	struct magazine *mag, *empty = NULL;
	unsigned int n, nr_refused = 0;
	struct llist_node *returned;
	unsigned long irqflags;
	void *twice;

	if (!peek(central->settling) && llist_empty(&central->returned))
		return false;
	spin_lock_irqsave(&central->lock, irqflags);
	if (!central->settling) {
		returned = llist_del_all(&central->returned);
		central->settling = returned ? llist_entry(returned, struct magazine, node) : NULL;
	}
	mag = central->settling;
	if (mag) {
		n = min_t(unsigned int, mag->n, MCENTRAL_AT_ONCE);
		mag->n -= n;
		nr_refused = mcentral_put_locked(central, mag->objs + 1 + mag->n, n, &twice);
		/* Objects that were freed twice were counted as freed twice. */
		central->direct_frees -= nr_refused;
		atomic_long_sub(n, &central->nr_returned);
		if (!mag->n)
			empty = pop(&central->settling);
	}
	spin_unlock_irqrestore(&central->lock, irqflags);
	if (unlikely(nr_refused))
		report_late_double_free(twice, central->class, nr_refused);
	magazine_free(empty);
	return mag;
}

/**
 * depot_settle() - give the objects that drains returned back to their spans
 * @central: the class
 *
 * Context: Any that may take a spinlock. Interrupts are off for MCENTRAL_AT_ONCE objects at a time.
 * Return: whether there were any.
 */
bool depot_settle(struct mcentral *central)
{
	bool any = false;

	while (depot_settle_some(central))
		any = true;
	return any;
}

/* Move full magazines to those that settle, where they count in no budget. */
static void full_to_settling(struct mcentral *central)
{
	struct magazine *mag;

	lockdep_assert_held(&central->lock);
	while ((mag = pop(&central->full))) {
		magazine_disclaim(mag);
		atomic_long_add(mag->n, &central->nr_returned);
		push(&central->settling, mag);
	}
	central->nr_full = 0;
	central->nr_depot = 0;
}

/**
 * depot_shed() - take the full magazines of a class out of the CPUs' budgets
 * @central: the class
 * @idle_only: only if nobody came since the worker looked
 *
 * Whoever settles gives their objects back to their spans: the worker, or who needs memory.
 *
 * Context: Any that may take a spinlock.
 * Return: whether there were any.
 */
bool depot_shed(struct mcentral *central, bool idle_only)
{
	unsigned long irqflags;
	bool any;

	if (!peek(central->full))
		return false;
	spin_lock_irqsave(&central->lock, irqflags);
	any = central->full && !(idle_only && central->exchanges != central->seen_exchanges);
	if (any)
		full_to_settling(central);
	spin_unlock_irqrestore(&central->lock, irqflags);
	return any;
}

/* Shed the full magazines, and take the spare ones. */
static struct magazine *detach(struct mcentral *central, bool idle_only)
{
	struct magazine *spare = NULL;
	unsigned long irqflags;

	spin_lock_irqsave(&central->lock, irqflags);
	if (!idle_only || central->exchanges == central->seen_exchanges) {
		full_to_settling(central);
		spare = central->spare;
		central->spare = NULL;
		central->nr_spare = 0;
	}
	central->seen_exchanges = central->exchanges;
	spin_unlock_irqrestore(&central->lock, irqflags);
	return spare;
}

/**
 * depot_drain() - give back what waits at an mcentral, and what drains returned
 * @central: the class
 * @idle_only: of the depot, only if nobody came since the last call
 *
 * Context: Any that may take a spinlock.
 */
void depot_drain(struct mcentral *central, bool idle_only)
{
	struct magazine *spare, *mag;

	if (peek(central->full) || peek(central->spare)) {
		spare = detach(central, idle_only);
		while ((mag = pop(&spare)))
			magazine_free(mag);
	}
	depot_settle(central);
}
