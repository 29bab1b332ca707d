// SPDX-License-Identifier: GPL-2.0
/*
 * magazine: allocates magazines, determines their capacity, and keeps the CPUs' budgets. No locks.
 */
#include <linux/topology.h>
#include "base/params.h"
#include "base/size_class.h"
#include "central/magazine.h"
#include "pages/vault.h"

/* A slot's first magazine holds about this many bytes of objects, within these counts. */
#define FIRST_MAGAZINE_BYTES	2048
#define MIN_CAPACITY		3U
#define FIRST_MAX_CAPACITY	13U
#define MAX_CAPACITY		4093U

#define NO_CPU			U16_MAX

static_assert((MAX_CAPACITY + MAGAZINE_EXTRA) * sizeof(void *) <= VAULT_MAX_BYTES);

static DEFINE_PER_CPU(atomic_long_t, charged);	/* bytes in the CPU's budget */

static unsigned long bytes_of(unsigned int class, unsigned int capacity)
{
	return (unsigned long)capacity * size_classes[class].size;
}

/**
 * magazine_fits() - whether this CPU's budget has room for a magazine
 * @class: class of its objects
 * @capacity: how many it has room for
 * @replaced: capacity of a magazine that goes when this one comes, or 0
 *
 * A slot's first magazine always fits, but for the classes of which one object is much.
 */
bool magazine_fits(unsigned int class, unsigned int capacity, unsigned int replaced)
{
	unsigned long now = atomic_long_read(raw_cpu_ptr(&charged));

	if (class < CLASS_POWER && capacity <= magazine_first_capacity(class))
		return true;
	return now + bytes_of(class, capacity) <=
	       param_cpu_cache_bytes() + bytes_of(class, replaced);
}

/**
 * magazine_disclaim() - let a magazine that holds nothing count in no budget
 * @mag: the magazine
 */
void magazine_disclaim(struct magazine *mag)
{
	if (mag->cpu != NO_CPU)
		atomic_long_sub(bytes_of(mag->class, mag->capacity),
				per_cpu_ptr(&charged, mag->cpu));
	mag->cpu = NO_CPU;
}

/**
 * magazine_claim() - let a magazine count in this CPU's budget, even beyond it
 * @mag: the magazine
 *
 * Context: Any; the caller stays on its CPU, or it counts where the caller was a moment ago.
 */
void magazine_claim(struct magazine *mag)
{
	unsigned int cpu = raw_smp_processor_id();

	magazine_disclaim(mag);
	atomic_long_add(bytes_of(mag->class, mag->capacity), per_cpu_ptr(&charged, cpu));
	mag->cpu = cpu;
}

/**
 * magazine_alloc() - allocate an empty magazine, which counts in this CPU's budget
 * @class: class of its objects
 * @capacity: how many it has room for
 * @replaced: capacity of the magazine that the caller frees if it gets this one, or 0
 *
 * Return: the magazine, or NULL, also if it exceeds the budget.
 */
struct magazine *magazine_alloc(unsigned int class, unsigned int capacity, unsigned int replaced)
{
	struct magazine *mag;

	if (!magazine_fits(class, capacity, replaced))
		return NULL;
	mag = vault_alloc(magazine_bytes(capacity), numa_mem_id(), CACHE_GFP);
	if (!mag)
		return NULL;
	mag->capacity = capacity;
	mag->n = 0;
	mag->class = class;
	mag->cpu = NO_CPU;
	mag->objs[0] = NULL;
	magazine_claim(mag);
	return mag;
}

/* @mag: without objects, or NULL */
void magazine_free(struct magazine *mag)
{
	if (!mag)
		return;
	magazine_disclaim(mag);
	vault_free(mag, magazine_bytes(mag->capacity));
}

/* Whether this CPU's budget has room for other memory than magazines. */
bool magazine_has_room(unsigned long bytes)
{
	return atomic_long_read(raw_cpu_ptr(&charged)) + bytes <= param_cpu_cache_bytes();
}

/**
 * magazine_charge() - let other memory than magazines count in this CPU's budget
 * @bytes: how much
 *
 * Context: Any, with preemption off.
 * Return: false if it exceeds the budget; then it does not count.
 */
bool magazine_charge(unsigned long bytes)
{
	atomic_long_t *sum = this_cpu_ptr(&charged);

	if (atomic_long_read(sum) + bytes > param_cpu_cache_bytes())
		return false;
	atomic_long_add(bytes, sum);
	return true;
}

/* Undo magazine_charge() of a CPU. */
void magazine_uncharge(unsigned long bytes, unsigned int cpu)
{
	atomic_long_sub(bytes, per_cpu_ptr(&charged, cpu));
}

/* Bytes in the budgets of all CPUs. */
u64 magazine_charged_bytes(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += atomic_long_read(per_cpu_ptr(&charged, cpu));
	return sum;
}

/* A magazine of a power-of-two class may hold a single object. */
static unsigned int min_capacity(unsigned int class)
{
	return class >= CLASS_POWER ? 1 : MIN_CAPACITY;
}

/* Capacity of the first magazine of a slot, in objects. */
unsigned int magazine_first_capacity(unsigned int class)
{
	return clamp(FIRST_MAGAZINE_BYTES / size_classes[class].size, min_capacity(class),
		     FIRST_MAX_CAPACITY);
}

static unsigned int max_capacity(unsigned int class, unsigned long max_bytes)
{
	unsigned long bytes = max_bytes ?: param_magazine_bytes();

	return clamp_t(unsigned long, bytes / size_classes[class].size, min_capacity(class),
		       MAX_CAPACITY);
}

/**
 * magazine_next_capacity() - the capacity a magazine grows to: twice the memory, within the limit
 * @capacity: present capacity
 * @class: size class
 * @max_bytes: bytes of objects that it may hold; 0: as the module's parameter magazine_kb
 *
 * Return: objects; less than @capacity if the limit was lowered.
 */
unsigned int magazine_next_capacity(unsigned int capacity, unsigned int class,
				    unsigned long max_bytes)
{
	unsigned int twice = 2 * (capacity + MAGAZINE_EXTRA) - MAGAZINE_EXTRA;

	return min(twice, max_capacity(class, max_bytes));
}
