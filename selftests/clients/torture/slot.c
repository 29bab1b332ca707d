// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: the table through which actors exchange objects, and the limit on live bytes. No
 * function here takes a lock, so NMI handlers may call all of them.
 */
#include <linux/mm.h>
#include <linux/smp.h>
#include "torture.h"

#define HOME_SLOTS	32		/* half of all claims go to so many slots of the own CPU */
#define WORD_FACTOR	0x9e3779b97f4a7c15ULL
#define WORD_INVERSE	0xf1de83e19937733dULL	/* of WORD_FACTOR, modulo 2^64 */
#define LOOSE_INDICES	0x100000U	/* above those of slots: for objects in no slot */
#define PERCPU_MARK	0x5a170000U	/* in the generation of a word of the per-CPU region */

static struct slot *slots;
static atomic64_t live, peak;

int slots_init(void)
{
	slots = kvcalloc(params.slots, sizeof(*slots), GFP_KERNEL);
	return slots ? 0 : -ENOMEM;
}

/* No other actor runs: checks and frees every remaining object. */
void slots_exit(struct actor *a)
{
	unsigned int i;

	for (i = 0; i < params.slots; i++) {
		if (atomic_read(&slots[i].state) != SLOT_FULL)
			continue;
		object_check(a, &slots[i].object);
		slot_disown(&slots[i]);
		object_release(a, &slots[i].object);
		cond_resched();
	}
	kvfree(slots);
}

static unsigned int slot_index(struct actor *a)
{
	if (one_in(a, 2))
		return pick(a, params.slots);
	return (raw_smp_processor_id() * HOME_SLOTS + pick(a, HOME_SLOTS)) % params.slots;
}

/* Returns a slot in the wanted state, busy until slot_put(), or NULL. */
struct slot *slot_claim(struct actor *a, enum slot_state wanted)
{
	struct slot *slot;
	int tries;

	for (tries = 0; tries < 8; tries++) {
		slot = &slots[slot_index(a)];
		if (atomic_read(&slot->state) == wanted &&
		    atomic_cmpxchg_acquire(&slot->state, wanted, SLOT_BUSY) == wanted)
			return slot;
	}
	return NULL;
}

void slot_put(struct slot *slot, enum slot_state state)
{
	atomic_set_release(&slot->state, state);
}

/* A bijection, so that the index can be recovered. It changes every byte of the word. */
static u64 word_encode(u32 index, u32 generation)
{
	u64 word = ((u64)generation << 32 | index) * WORD_FACTOR;

	return word ^ word >> 32;
}

u64 slot_next_word(struct slot *slot)
{
	return word_encode(slot - slots, ++slot->generation);
}

/* Writes the pattern of the slot's object; from here on its memory must not be allocated again. */
void slot_fill(struct slot *slot)
{
	object_fill(&slot->object);
	WRITE_ONCE(slot->owner, slot->object.word);
}

/* Call it before anything that may free the object: its memory may be allocated again at once. */
void slot_disown(struct slot *slot)
{
	WRITE_ONCE(slot->owner, 0);
}

/* The owner word of an object in no slot. */
u64 loose_word(struct actor *a)
{
	return word_encode(params.slots + pick(a, LOOSE_INDICES), prandom_u32_state(&a->random));
}

static u32 percpu_index(void)
{
	return params.slots + LOOSE_INDICES + percpu_epoch();
}

/* The owner word of an object of the per-CPU region; it lives until its epoch ends. */
u64 percpu_word(struct actor *a)
{
	return word_encode(percpu_index(), PERCPU_MARK | pick(a, 1 << 16));
}

bool word_is_live(u64 word)
{
	u64 decoded = (word ^ word >> 32) * WORD_INVERSE;
	u32 index = decoded, generation = decoded >> 32;

	if (index < params.slots)
		return word && READ_ONCE(slots[index].owner) == word;
	return index == percpu_index() && (generation & ~0xffffU) == PERCPU_MARK;
}

/* Reserves bytes under the limit. */
bool bytes_take(size_t size)
{
	s64 now = atomic64_add_return(size, &live), top = atomic64_read(&peak);

	if (now > (s64)params.max_mb << 20) {
		atomic64_sub(size, &live);
		return false;
	}
	while (now > top && !atomic64_try_cmpxchg(&peak, &top, now))
		;
	return true;
}

void bytes_adjust(s64 change)
{
	atomic64_add(change, &live);
}

s64 bytes_live(void)
{
	return atomic64_read(&live);
}

s64 bytes_peak(void)
{
	return atomic64_read(&peak);
}
