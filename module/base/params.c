// SPDX-License-Identifier: GPL-2.0
/*
 * Module parameters. The comment on each gives the reasons to change it. An invalid value is
 * refused with a message.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include "base/kick.h"
#include "base/letters.h"
#include "base/params.h"

/**
 * struct param_range - a parameter and its valid values
 * @value: the parameter
 * @min: smallest valid value
 * @max: largest valid value
 * @power_of_two: only powers of two are valid
 */
struct param_range {
	unsigned int value;
	unsigned int min;
	unsigned int max;
	bool power_of_two;
};

/* With KASAN, which sees nothing between objects without a gap, nor memory that is used again. */
#define DEFAULT_DEBUG	(KSPAN_KASAN ? DEBUG_FREES | DEBUG_RED_ZONES | DEBUG_QUARANTINE : 0)

static bool loaded;	/* the worker is there; the module's param_lock, which setters hold */

static void set_loaded(bool value)
{
	kernel_param_lock(THIS_MODULE);
	loaded = value;
	kernel_param_unlock(THIS_MODULE);
}

/* From here on the worker is told of parameters that change. */
void params_start(void)
{
	set_loaded(true);
}

/* The worker is about to go. */
void params_stop(void)
{
	set_loaded(false);
}

static int range_set(const char *text, const struct kernel_param *kp)
{
	struct param_range *range = kp->arg;
	unsigned int value;
	int err = kstrtouint(text, 0, &value);

	if (err || value < range->min || value > range->max ||
	    (range->power_of_two && !is_power_of_2(value))) {
		pr_err("parameter %s=%s refused: give %s from %u to %u\n", kp->name, text,
		       range->power_of_two ? "a power of two" : "a number", range->min, range->max);
		return err ?: -EINVAL;
	}
	WRITE_ONCE(range->value, value);
	if (loaded)
		kick_for(KICK_PARAMS);
	return 0;
}

static int range_get(char *buf, const struct kernel_param *kp)
{
	struct param_range *range = kp->arg;

	return sysfs_emit(buf, "%u\n", READ_ONCE(range->value));
}

static const struct kernel_param_ops range_ops = {
	.set = range_set,
	.get = range_get,
};

/* Segments are numbered together by it; with segment_mb of the same value it is one segment. */
static struct param_range arena_mb = { .value = 64, .min = 4, .max = 1024, .power_of_two = true };
module_param_cb(arena_mb, &range_ops, &arena_mb, 0444);
MODULE_PARM_DESC(arena_mb, "Megabytes of an arena, a power of two from 4 to 1024 (default 64)");

/* direct: objects are physically contiguous, and memory goes back page by page. */
static char *backing = "vmalloc";
module_param(backing, charp, 0444);
MODULE_PARM_DESC(backing,
		 "Memory of heaps that do not say: vmalloc, or direct for blocks of the direct map (default vmalloc)");

/* Larger: fewer vmalloc areas on machines with much memory. Smaller: less is taken at a time. */
static struct param_range segment_mb = { .value = 2, .min = 2, .max = 1024, .power_of_two = true };
module_param_cb(segment_mb, &range_ops, &segment_mb, 0444);
MODULE_PARM_DESC(segment_mb,
		 "Megabytes taken from the kernel at a time, a power of two from 2 to arena_mb (default 2)");

/* Longer: segments are still there after a lull. Shorter: others get the memory back sooner. */
static struct param_range arena_decay_ms = { .value = 1000, .max = 3600 * 1000 };
module_param_cb(arena_decay_ms, &range_ops, &arena_decay_ms, 0644);
MODULE_PARM_DESC(arena_decay_ms,
		 "Milliseconds an empty segment is kept, up to 3600000; 0: none (default 1000)");

/* Larger: interrupt handlers can allocate more in a burst before they get NULL. */
static struct param_range reserve_kb = { .value = 1280, .max = 16384 };
module_param_cb(reserve_kb, &range_ops, &reserve_kb, 0644);
MODULE_PARM_DESC(reserve_kb,
		 "Kilobytes set aside for callers that must not sleep, up to 16384 (default 1280)");

/* Larger: a CPU's cache serves larger bursts. Smaller: less memory is idle in each CPU's cache. */
static struct param_range magazine_kb = { .value = 8192, .max = 65536 };
module_param_cb(magazine_kb, &range_ops, &magazine_kb, 0644);
MODULE_PARM_DESC(magazine_kb,
		 "Kilobytes of objects of one class that a CPU keeps at most, up to 65536 (default 8192)");

/* A thousand objects of the largest class, in magazines of magazine_kb. */
#define CPU_CACHE_BYTES		(48UL << 20)

/* Larger: larger working sets stay on their CPU. Smaller: less memory is idle in caches. */
static struct param_range cpu_cache_kb = { .value = 0, .max = 1048576 };
module_param_cb(cpu_cache_kb, &range_ops, &cpu_cache_kb, 0644);
MODULE_PARM_DESC(cpu_cache_kb,
		 "Kilobytes of objects of all classes that a CPU keeps at most, up to 1048576; 0: 49152, but together at most an eighth of the memory (default 0)");

/* Set: kspan's clients cannot take the memory that others need. */
static struct param_range limit_mb = { .value = 0, .max = 16777216 };
module_param_cb(limit_mb, &range_ops, &limit_mb, 0644);
MODULE_PARM_DESC(limit_mb,
		 "Megabytes that all segments take together at most, up to 16777216; 0: no limit (default 0)");

/* Off: clients may keep tags in the low bits of pointers to objects under 8 bytes. */
static bool tiny;
module_param(tiny, bool, 0444);
MODULE_PARM_DESC(tiny, "Pack objects under 8 bytes together (default off)");

/* Letters: misuse of memory is found and explained. Costs 16 bytes an object, and the fast path. */
static u32 debug = DEFAULT_DEBUG;

static int debug_set(const char *text, const struct kernel_param *kp)
{
	int err = letters_parse(text, &debug);

	if (err)
		pr_err("parameter debug=%s refused: give letters of FZPUQ, each once\n", text);
	return err;
}

static int debug_get(char *buf, const struct kernel_param *kp)
{
	char text[LETTERS_BYTES];

	letters_text(debug, text);
	return sysfs_emit(buf, "%s\n", text);
}

static const struct kernel_param_ops debug_ops = {
	.set = debug_set,
	.get = debug_get,
};

module_param_cb(debug, &debug_ops, NULL, 0444);
MODULE_PARM_DESC(debug,
		 "Debug modes of all heaps: F check frees, Z red zones, P poison, U users, Q quarantine (default none, with KASAN FZQ)");

/* Larger: a freed object's memory is reused later, so misuse of it is found after longer. */
static struct param_range debug_quarantine_kb = { .value = 256, .max = 65536 };
module_param_cb(debug_quarantine_kb, &range_ops, &debug_quarantine_kb, 0644);
MODULE_PARM_DESC(debug_quarantine_kb,
		 "Kilobytes of freed objects that a heap in debug mode Q keeps, up to 65536 (default 256)");

/* Not 0: misuse is found on machines in production, sooner the shorter. Takes 1.7 MB. */
static struct param_range guard_interval_ms = { .value = 0, .max = 3600 * 1000 };
module_param_cb(guard_interval_ms, &range_ops, &guard_interval_ms, 0644);
MODULE_PARM_DESC(guard_interval_ms,
		 "Milliseconds between allocations that are guarded, up to 3600000; 0: none (default 0)");

/* Not 0: shows who allocates, on machines in production. Less: a finer picture, and more time. */
static struct param_range profile_bytes = { .value = 0, .max = 1 << 30 };
module_param_cb(profile_bytes, &range_ops, &profile_bytes, 0644);
MODULE_PARM_DESC(profile_bytes,
		 "Bytes between allocations that are sampled for the profile, up to 1073741824, such as 524288; 0: none (default 0)");

/* On: as debug=FU; shows the callers that hold memory. */
static bool track;
module_param(track, bool, 0444);
MODULE_PARM_DESC(track, "As debug=FZPU, for heaps/NAME/leaks (default off)");

/* On: for machines where memory that may be corrupted is worse than a reboot. */
static bool panic_on_misuse;
module_param(panic_on_misuse, bool, 0644);
MODULE_PARM_DESC(panic_on_misuse, "Panic after the report of a misuse (default off)");

/* On: an attacker cannot tell which object of a span is allocated next. Costs time at a refill. */
static bool randomize;
module_param(randomize, bool, 0444);
MODULE_PARM_DESC(randomize, "Hand out the objects of a span in random order (default off)");

bool param_direct(void)
{
	return !strcmp(backing, "direct");
}

/* Whether the values go together; otherwise a message says which do not. */
bool params_fit(void)
{
	if (strcmp(backing, "vmalloc") && !param_direct()) {
		pr_err("parameter backing=%s refused: give vmalloc or direct\n", backing);
		return false;
	}
	if (segment_mb.value <= arena_mb.value)
		return true;
	pr_err("parameter segment_mb=%u refused: give a power of two from %u to arena_mb, which is %u\n",
	       segment_mb.value, segment_mb.min, arena_mb.value);
	return false;
}

unsigned long param_segment_bytes(void)
{
	return (unsigned long)READ_ONCE(segment_mb.value) << 20;
}

unsigned long param_arena_bytes(void)
{
	return (unsigned long)READ_ONCE(arena_mb.value) << 20;
}

unsigned long param_decay_jiffies(void)
{
	return msecs_to_jiffies(READ_ONCE(arena_decay_ms.value));
}

unsigned long param_reserve_pages(void)
{
	return BYTES_TO_PAGES((unsigned long)READ_ONCE(reserve_kb.value) << 10);
}

unsigned long param_magazine_bytes(void)
{
	return (unsigned long)READ_ONCE(magazine_kb.value) << 10;
}

unsigned long param_cpu_cache_bytes(void)
{
	unsigned long kb = READ_ONCE(cpu_cache_kb.value);
	unsigned long share = (totalram_pages() << PAGE_SHIFT) / 8 / num_online_cpus();

	return kb ? kb << 10 : min(CPU_CACHE_BYTES, share);
}

/* ULONG_MAX: no limit. */
unsigned long param_limit_bytes(void)
{
	unsigned long mb = READ_ONCE(limit_mb.value);

	return mb ? mb << 20 : ULONG_MAX;
}

bool param_tiny(void)
{
	return tiny;
}

size_t param_quarantine_bytes(void)
{
	return (size_t)READ_ONCE(debug_quarantine_kb.value) << 10;
}

unsigned long param_guard_jiffies(void)
{
	return msecs_to_jiffies(READ_ONCE(guard_interval_ms.value));
}

unsigned long param_profile_bytes(void)
{
	return READ_ONCE(profile_bytes.value);
}

/* The debug mode that heaps begin with: letters. */
u32 param_debug(void)
{
	return debug | (track ? DEBUG_FREES | DEBUG_RED_ZONES | DEBUG_POISON | DEBUG_USERS : 0);
}

bool param_panic_on_misuse(void)
{
	return READ_ONCE(panic_on_misuse);
}

bool param_randomize(void)
{
	return randomize;
}
