// SPDX-License-Identifier: GPL-2.0
/*
 * profile: see profile.h. An allocation of s bytes is sampled with the chance c = 1 - exp(-s / n),
 * n being profile_bytes; it then stands for 1 / c objects, and for as many times the bytes that it
 * takes. The sums of both are right on average, whatever the sizes are.
 */
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/random.h>
#include "cpu/tiny.h"
#include "heap/profile.h"
#include "pages/pagemap.h"
#include "pages/samples.h"

DEFINE_STATIC_KEY_FALSE(profile_key);
DEFINE_PER_CPU(long, profile_left);

static DEFINE_PER_CPU(u64, seed);	/* of random numbers; not 0 */
static unsigned long every;		/* profile_bytes, while it is not 0 */

/* Chances have 31 bits behind the point, logarithms 16. */
#define CHANCE_SHIFT	31
#define LN_SHIFT	16
#define LN_2		45426U		/* the logarithm of 2 */

/**
 * profile_minus_ln() - minus the natural logarithm of x / 2^32
 * @x: not 0
 *
 * Return: it, with LN_SHIFT bits behind the point.
 */
u64 profile_minus_ln(u32 x)
{
	unsigned int whole = fls(x) - 1, bit;
	u64 y = (u64)x << (31 - whole);		/* 2^31 <= y < 2^32: a number from 1 to 2 */
	u32 log2 = whole << LN_SHIFT;

	for (bit = BIT(LN_SHIFT - 1); bit; bit >>= 1) {
		y = y * y >> 31;
		if (y >> 32) {
			y >>= 1;
			log2 |= bit;
		}
	}
	return (u64)((32U << LN_SHIFT) - log2) * LN_2 >> LN_SHIFT;
}

/**
 * profile_chance() - the chance that an allocation is sampled: 1 - exp(-bytes / every)
 * @bytes: its bytes
 * @every: bytes between two samples, on average
 *
 * Return: it, with CHANCE_SHIFT bits behind the point; at least 1.
 */
u64 profile_chance(u64 bytes, u64 every)
{
	const u64 one = BIT_ULL(CHANCE_SHIFT);
	unsigned int halved = 0;
	u64 x, c;

	if (bytes >= 16 * every)
		return one;
	x = div64_u64(bytes << CHANCE_SHIFT, every);
	while (x > one / 4) {
		x /= 2;
		halved++;
	}
	/* x - x^2/2 + x^3/6 - x^4/24 */
	c = x - (x * (x - (x * (x - (x * x >> CHANCE_SHIFT) / 4) >> CHANCE_SHIFT) / 3)
		 >> CHANCE_SHIFT) / 2;
	while (halved--)	/* 1 - exp(-2x) is c * (2 - c) */
		c = c * (2 * one - c) >> CHANCE_SHIFT;
	return c ?: 1;
}

/* A random number but 0. An interrupt in between has the same: that does no harm. */
static u32 random_number(void)
{
	u64 x = this_cpu_read(seed);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	this_cpu_write(seed, x);
	return (x >> 32) ?: 1;
}

/* How many bytes until the next sample. */
static long distance(u32 random)
{
	return READ_ONCE(every) * profile_minus_ln(random) >> LN_SHIFT;
}

/* The bytes that an object takes. */
static u64 taken_bytes(struct mspan *span, const void *p)
{
	if (span->class == CLASS_TINY)
		return tiny_size(span, p);
	return span->class == CLASS_LARGE ? mspan_bytes(span) : size_classes[span->class].size;
}

/**
 * profile_sample() - take a sample, as one is due
 * @p: the object that was allocated, which its user does not have yet
 * @size: its bytes, as they were counted
 *
 * In NMI it stays due. An object without a span, a guarded one, is left out.
 *
 * Context: Any.
 * Return: the object.
 */
noinline void *profile_sample(void *p, size_t size)
{
	struct mspan *span = pagemap_find((unsigned long)p);
	u64 chance, units;

	if (in_nmi())
		return p;
	chance = profile_chance(size, READ_ONCE(every));
	this_cpu_write(profile_left, distance(random_number()));
	if (!mspan_covers(span, (unsigned long)p))
		return p;
	units = div64_u64(BIT_ULL(CHANCE_SHIFT + SAMPLES_UNIT_SHIFT), chance);
	samples_add(span, p, units, units * taken_bytes(span, p) >> SAMPLES_UNIT_SHIFT);
	return p;
}

static bool is_of(const struct mspan *span, const void *heap)
{
	struct owner *owner = READ_ONCE(span->owner);
	struct kspan_heap *set;

	for_each_set((struct kspan_heap *)heap, set)
		if (&set->owner == owner)
			return true;
	return false;
}

/* All objects of a heap are about to be freed at once; nobody else uses it. */
void profile_forget_heap(struct kspan_heap *heap)
{
	samples_forget(is_of, heap);
}

/**
 * profile_start() - have one allocation in so many bytes sampled, on average
 * @bytes: so many; not 0
 *
 * Context: Process context, not twice at a time.
 * Return: 0 or -ENOMEM.
 */
int profile_start(unsigned long bytes)
{
	int cpu;

	if (samples_start())
		return -ENOMEM;
	WRITE_ONCE(every, bytes);
	for_each_possible_cpu(cpu) {
		if (!per_cpu(seed, cpu))
			per_cpu(seed, cpu) = get_random_u64() | 1;
		WRITE_ONCE(per_cpu(profile_left, cpu), distance(get_random_u32() ?: 1));
	}
	static_branch_enable(&profile_key);
	return 0;
}

/* No more samples. Those that were taken are still taken off when they are freed. */
void profile_stop(void)
{
	static_branch_disable(&profile_key);
}
