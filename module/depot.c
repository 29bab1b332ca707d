// SPDX-License-Identifier: GPL-2.0
/*
 * depot: see depot.h. The list of full magazines is a stack: what was freed last is had first.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include "depot.h"
#include "magazine.h"

/* Full magazines that a class may keep for each CPU. */
#define MAGAZINES_PER_CPU	4U

/* A look without the lock: who comes too early or too late goes another way. */
#define peek(field)	data_race(READ_ONCE(field))

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
 * depot_take_empty() - take an empty magazine that somebody gave for a full one
 * @central: the class
 *
 * Return: the magazine, or NULL.
 */
struct magazine *depot_take_empty(struct mcentral *central)
{
	struct magazine *mag;
	unsigned long irqflags;

	if (!peek(central->spare))
		return NULL;
	spin_lock_irqsave(&central->lock, irqflags);
	mag = pop(&central->spare);
	central->nr_spare -= !!mag;
	spin_unlock_irqrestore(&central->lock, irqflags);
	return mag;
}

/**
 * depot_has_room() - whether depot_give_full() is worth trying
 * @central: the class
 *
 * Of the largest objects each is worth a way to its span.
 */
bool depot_has_room(struct mcentral *central)
{
	return central->class < CLASS_POWER &&
	       peek(central->nr_full) < MAGAZINES_PER_CPU * num_online_cpus();
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
	bool room;

	spin_lock_irqsave(&central->lock, irqflags);
	room = central->nr_full < MAGAZINES_PER_CPU * num_online_cpus();
	if (room) {
		push(&central->full, full);
		central->nr_full++;
		central->nr_depot += full->n;
		central->exchanges++;
	}
	spin_unlock_irqrestore(&central->lock, irqflags);
	return room;
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
		mcentral_put_counted(central, mag->objs + 1, mag->n);
		kfree(mag);
	}
	while ((mag = pop(&spare)))
		kfree(mag);
}
