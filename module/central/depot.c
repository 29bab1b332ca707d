// SPDX-License-Identifier: GPL-2.0
/*
 * depot: see depot.h. The list of full magazines is a stack: what was freed last is had first.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include "central/depot.h"
#include "central/magazine.h"

/* Full magazines that a class may keep for each CPU. */
#define MAGAZINES_PER_CPU	4U

/* Objects that go to their spans under one taking of the lock. */
#define PUT_AT_ONCE		256U

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

/**
 * depot_take_full() - exchange an empty magazine for one with objects
 * @central: the class
 * @empty: what is given for it, if there is one
 *
 * Return: the magazine, or NULL, and then @empty is still the caller's.
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
		empty->n = 0;
		push(&central->spare, empty);
		if (central->nr_spare++ >= MAGAZINES_PER_CPU) {
			surplus = pop(&central->spare);
			central->nr_spare--;
		}
	}
	spin_unlock_irqrestore(&central->lock, irqflags);
	kfree(surplus);
	return full;
}

/**
 * depot_has_room() - whether giving a full magazine is worth trying
 * @central: the class
 *
 * Of the largest objects each is worth a way to its span.
 */
bool depot_has_room(struct mcentral *central)
{
	return central->class < CLASS_POWER &&
	       peek(central->nr_full) < MAGAZINES_PER_CPU * num_online_cpus();
}

/* Leave a magazine with objects. Return: false if there are enough. */
static bool push_full(struct mcentral *central, struct magazine *full)
{
	lockdep_assert_held(&central->lock);
	if (central->nr_full >= MAGAZINES_PER_CPU * num_online_cpus())
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
 * @full: the magazine, @full->n of its objects being there
 *
 * Return: the magazine, or NULL if there is none or there are enough full ones; then @full is still
 * the caller's.
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
	}
	spin_unlock_irqrestore(&central->lock, irqflags);
	return empty;
}

/**
 * depot_give_full() - leave a magazine with objects
 * @central: the class
 * @full: the magazine, @full->n of its objects being there
 *
 * Return: false if there are enough; then it is still the caller's.
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
 * depot_alloc_one() - allocate past the mcache
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
	kfree(empty);
	return obj;
}

/* Everything of a depot. Return: whether there is something. */
static bool detach(struct mcentral *central, bool idle_only, struct magazine **full,
		   struct magazine **spare)
{
	spin_lock_irq(&central->lock);
	if (!idle_only || central->exchanges == central->seen_exchanges) {
		*full = central->full;
		*spare = central->spare;
		central->full = NULL;
		central->spare = NULL;
		central->nr_full = 0;
		central->nr_spare = 0;
		central->nr_depot = 0;
	}
	central->seen_exchanges = central->exchanges;
	spin_unlock_irq(&central->lock);
	return *full || *spare;
}

/*
 * No slot counts these objects any more: what was freed twice was counted as freed twice. A few at
 * a time, as interrupts are off meanwhile.
 */
static void put_objects(struct mcentral *central, void *const *objs, unsigned int n)
{
	unsigned int i, step, nr_refused = 0;

	for (i = 0; i < n; i += step) {
		step = min(n - i, PUT_AT_ONCE);
		nr_refused += size_classes[central->class].nr_objs == 1 ?
			      mcentral_put_single(central, objs + i, step) :
			      mcentral_put(central, objs + i, step);
	}
	if (!nr_refused)
		return;
	spin_lock_irq(&central->lock);
	central->retired_frees -= nr_refused;
	spin_unlock_irq(&central->lock);
}

/**
 * depot_drain() - give back what waits at an mcentral
 * @central: the class
 * @idle_only: only if nobody came since the last call
 *
 * Context: Process context.
 */
void depot_drain(struct mcentral *central, bool idle_only)
{
	struct magazine *full = NULL, *spare = NULL, *mag;

	if (!peek(central->full) && !peek(central->spare))
		return;
	if (!detach(central, idle_only, &full, &spare))
		return;
	while ((mag = pop(&full))) {
		put_objects(central, mag->objs + 1, mag->n);
		kfree(mag);
	}
	while ((mag = pop(&spare)))
		kfree(mag);
}
