// SPDX-License-Identifier: GPL-2.0
/*
 * quarantine: see quarantine.h.
 */
#include <linux/mm.h>
#include <linux/spinlock.h>
#include "base/params.h"
#include "heap/quarantine.h"

#define MAX_OBJECTS	4096U	/* a power of two */

struct held {
	void *obj;
	size_t bytes;
	unsigned int class;
};

/**
 * struct quarantine - a ring of objects
 * @lock: guards all fields; raw: a free may be under a raw spinlock
 * @bytes: of all objects
 * @first: the oldest is at this index, modulo MAX_OBJECTS
 * @next: the next one comes here
 * @nr: objects of each class; also read without @lock
 * @ring: the objects
 */
struct quarantine {
	raw_spinlock_t lock;
	size_t bytes;
	unsigned int first;
	unsigned int next;
	unsigned int nr[NR_CLASSES];
	struct held ring[MAX_OBJECTS];
};

struct quarantine *quarantine_new(void)
{
	struct quarantine *q = kvzalloc(sizeof(*q), GFP_KERNEL);

	if (q)
		raw_spin_lock_init(&q->lock);
	return q;
}

/* It is empty. */
void quarantine_delete(struct quarantine *q)
{
	kvfree(q);
}

/* How many objects of a class are held: they are freed, and their spans do not know it. */
unsigned int quarantine_count(struct quarantine *q, unsigned int class)
{
	return READ_ONCE(q->nr[class]);
}

/**
 * quarantine_put() - keep a freed object
 * @q: the quarantine
 * @obj: the object
 * @class: its class
 * @bytes: its usable bytes
 * @if_room: not if another had to leave for it
 *
 * Unless @if_room the caller then takes those out that have no room: quarantine_take().
 *
 * Context: Any but NMI.
 * Return: false if it is too large, or the ring is full.
 */
bool quarantine_put(struct quarantine *q, void *obj, unsigned int class, size_t bytes,
		    bool if_room)
{
	unsigned long irqflags;
	bool fits;

	raw_spin_lock_irqsave(&q->lock, irqflags);
	fits = bytes + (if_room ? q->bytes : 0) <= param_quarantine_bytes() &&
	       q->next - q->first < MAX_OBJECTS - if_room;
	if (fits) {
		q->ring[q->next++ % MAX_OBJECTS] = (struct held) { obj, bytes, class };
		q->bytes += bytes;
		WRITE_ONCE(q->nr[class], q->nr[class] + 1);
	}
	raw_spin_unlock_irqrestore(&q->lock, irqflags);
	return fits;
}

/**
 * quarantine_take() - take out the oldest object
 * @q: the quarantine
 * @all: also if there is room for all
 *
 * Context: Any but NMI.
 * Return: the object, which the caller frees, or NULL.
 */
void *quarantine_take(struct quarantine *q, bool all)
{
	unsigned long irqflags;
	struct held held = { };

	raw_spin_lock_irqsave(&q->lock, irqflags);
	if (q->next != q->first &&
	    (all || q->bytes > param_quarantine_bytes() ||
	     q->next - q->first == MAX_OBJECTS)) {
		held = q->ring[q->first++ % MAX_OBJECTS];
		q->bytes -= held.bytes;
		WRITE_ONCE(q->nr[held.class], q->nr[held.class] - 1);
	}
	raw_spin_unlock_irqrestore(&q->lock, irqflags);
	return held.obj;
}
