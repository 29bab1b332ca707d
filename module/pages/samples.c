// SPDX-License-Identifier: GPL-2.0
/*
 * samples: see samples.h. A hash table of fixed size, in buckets of a few places. A place is
 * claimed by a cmpxchg of its key, the object's address. Only the free of that object takes it out
 * again, and an object is freed once, so a key that is found stays until then.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include "pages/pagemap.h"
#include "pages/samples.h"
#include "pages/stacks.h"

#define BUCKET_BITS	11
#define BUCKET_PLACES	16U
#define NR_PLACES	(BUCKET_PLACES << BUCKET_BITS)

/* Keys of a place without a sample. */
#define FREE_PLACE	0UL
#define BUSY_PLACE	1UL

/**
 * struct sample - what is known of a sampled object
 * @units: how many objects it stands for, in parts
 * @bytes: how many bytes
 * @stack: who allocated it, see stacks.h
 */
struct sample {
	u64 units;
	u64 bytes;
	u32 stack;
};

/**
 * struct site - sums of a call stack
 * @live_units: objects that are live, in parts
 * @live_bytes: their bytes
 * @units: objects ever allocated, in parts
 * @bytes: their bytes
 */
struct site {
	atomic_long_t live_units;
	atomic_long_t live_bytes;
	atomic_long_t units;
	atomic_long_t bytes;
};

/**
 * struct table - all of it
 * @key: of each place
 * @sample: of each place
 * @site: by the number of the stack
 */
struct table {
	unsigned long key[NR_PLACES];
	struct sample sample[NR_PLACES];
	struct site site[STACKS_NR];
};

DEFINE_STATIC_KEY_FALSE(samples_key);

static struct table *table;	/* NULL until the profile is first switched on; then constant */
static atomic_long_t nr_samples, nr_lost;
static DEFINE_RAW_SPINLOCK(samples_lock);

/**
 * samples_start() - get the memory for samples, unless it is there
 *
 * Context: Process context, not twice at a time.
 * Return: 0 or -ENOMEM.
 */
int samples_start(void)
{
	struct table *new;

	if (READ_ONCE(table))
		return 0;
	new = kvcalloc(1, sizeof(*new), GFP_KERNEL | __GFP_NOWARN);
	if (!new || stacks_start()) {
		kvfree(new);
		return -ENOMEM;
	}
	smp_store_release(&table, new);		/* pairs with samples_add() */
	static_branch_enable(&samples_key);
	return 0;
}

/* Nobody allocates or frees any more. */
void samples_exit(void)
{
	kvfree(table);
	table = NULL;
}

u64 samples_metadata_bytes(void)
{
	return READ_ONCE(table) ? sizeof(*table) : 0;
}

/* Sampled objects that are live. */
unsigned long samples_nr(void)
{
	return atomic_long_read(&nr_samples);
}

/* Those for which there was no place: they count as allocated only. */
unsigned long samples_lost(void)
{
	return atomic_long_read(&nr_lost);
}

static unsigned int bucket_of(unsigned long obj)
{
	return hash_long(obj, BUCKET_BITS) * BUCKET_PLACES;
}

/*
 * Where an NMI finds the lock taken, a mark stays that has no sample any more: until its span ends,
 * frees there take the slow path. It adds none, see samples_add().
 */
static void mark(struct mspan *span, int n)
{
	unsigned long flags;

	if (in_nmi()) {
		if (!raw_spin_trylock(&samples_lock))
			return;
		mspan_mark(span, n);
		raw_spin_unlock(&samples_lock);
		return;
	}
	raw_spin_lock_irqsave(&samples_lock, flags);
	mspan_mark(span, n);
	raw_spin_unlock_irqrestore(&samples_lock, flags);
}

static void add_live(struct site *site, u64 units, u64 bytes)
{
	atomic_long_add(units, &site->live_units);
	atomic_long_add(bytes, &site->live_bytes);
}

/**
 * samples_add() - an object was sampled when it was allocated
 * @span: its span
 * @obj: the object, which its user does not have yet
 * @units: how many objects it stands for, in parts
 * @bytes: how many bytes
 *
 * Context: Any but NMI.
 */
void samples_add(struct mspan *span, const void *obj, u64 units, u64 bytes)
{
	struct table *t = smp_load_acquire(&table);	/* with samples_start() */
	unsigned int i, first = bucket_of((unsigned long)obj);
	u32 stack = stacks_save();

	atomic_long_add(units, &t->site[stack].units);
	atomic_long_add(bytes, &t->site[stack].bytes);
	for (i = first; i < first + BUCKET_PLACES; i++) {
		if (READ_ONCE(t->key[i]) != FREE_PLACE ||
		    cmpxchg(&t->key[i], FREE_PLACE, BUSY_PLACE) != FREE_PLACE)
			continue;
		t->sample[i] = (struct sample) { units, bytes, stack };
		add_live(&t->site[stack], units, bytes);
		atomic_long_inc(&nr_samples);
		/* Before the user has the object, and so before the free that looks for it. */
		smp_store_release(&t->key[i], (unsigned long)obj);
		mark(span, 1);
		return;
	}
	atomic_long_inc(&nr_lost);
}

/**
 * samples_take_off() - an object is about to be freed
 * @span: its span, which is marked
 * @obj: the object, which need not be a sampled one
 *
 * Context: Any, NMI included.
 */
void samples_take_off(struct mspan *span, const void *obj)
{
	unsigned long key = (unsigned long)obj;
	unsigned int i, first = bucket_of(key);
	struct sample *sample;

	for (i = first; i < first + BUCKET_PLACES; i++)
		if (READ_ONCE(table->key[i]) == key)
			break;
	/* Of two frees of one object, a misuse, one takes it off. */
	if (i == first + BUCKET_PLACES || cmpxchg(&table->key[i], key, BUSY_PLACE) != key)
		return;
	sample = &table->sample[i];
	add_live(&table->site[sample->stack], -sample->units, -sample->bytes);
	atomic_long_dec(&nr_samples);
	smp_store_release(&table->key[i], FREE_PLACE);	/* pairs with samples_add()'s cmpxchg */
	mark(span, -1);
}

/**
 * samples_forget() - take all sampled objects of some spans off
 * @of: tells whether a span is one of them, called in an RCU read section; nobody frees objects of
 *	these
 * @arg: for @of
 *
 * Context: Process context.
 */
void samples_forget(bool (*of)(const struct mspan *span, const void *arg), const void *arg)
{
	struct mspan *span;
	unsigned long obj;
	unsigned int i;

	for (i = 0; static_branch_unlikely(&samples_key) && i < NR_PLACES; i++) {
		obj = READ_ONCE(table->key[i]);
		if (obj == FREE_PLACE || obj == BUSY_PLACE)
			continue;
		rcu_read_lock();
		span = pagemap_find(obj);
		if (mspan_covers(span, obj) && of(span, arg))
			samples_take_off(span, (void *)obj);
		rcu_read_unlock();
		cond_resched();
	}
}

/**
 * samples_sums() - what is estimated of a call stack
 * @stack: its number; 0: those that are unknown
 * @sums: set to it
 *
 * Return: false if no allocation of the stack was sampled.
 */
bool samples_sums(u32 stack, struct sample_sums *sums)
{
	struct site *site = table ? &table->site[stack] : NULL;

	if (!site || !atomic_long_read(&site->units))
		return false;
	sums->live_objects = atomic_long_read(&site->live_units) >> SAMPLES_UNIT_SHIFT;
	sums->live_bytes = atomic_long_read(&site->live_bytes);
	sums->objects = atomic_long_read(&site->units) >> SAMPLES_UNIT_SHIFT;
	sums->bytes = atomic_long_read(&site->bytes);
	return true;
}
