// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz: drives the whole API from a string of bytes, against a model: the objects that are live, and
 * what was written to them. libFuzzer looks for strings that reach new code; see host/fuzz.sh.
 *
 * Each step is a byte that chooses an operation, and bytes for its arguments. Between two steps
 * other CPUs, interrupts, the worker and grace periods come when the string says so; an interrupt,
 * or an NMI where interrupts are off, also comes inside a call. At the end all is freed, and nothing
 * may be left.
 */
#include "user/fuzz.h"
#include <kspan/heap.h>
#include <kspan/kspan.h>
#include <kspan/pool.h>
#include "base/letters.h"
#include "pages/mheap.h"
#include "upkeep/debug_mode.h"

#define MAX_BULK	40U

static struct kspan_heap *heaps_made[HEAPS];
static struct kspan_pool *pool;
unsigned int nr_created;
static size_t pool_size, limits[HEAPS];

static size_t last_size;
static const u8 *input, *input_end;

unsigned int byte(void)
{
	return input < input_end ? *input++ : 0;
}

/* Often the last one again, so that caches fill; mostly small; sometimes a power of two, or large. */
size_t size_of_bytes(void)
{
	unsigned int kind = byte(), arg = byte();

	switch (kind % 8) {
	case 0:
		return arg % 9;
	case 1:
	case 2:
		return last_size;
	case 3:
		return last_size = arg + 1;
	case 4:
		return last_size = arg * 16 + kind / 8;
	case 5:
		return last_size = arg * 150 + 1;
	case 6:
		return 1UL << (arg % 22);
	default:
		return arg * 9000 + kind / 8;
	}
}

gfp_t gfp_of_byte(unsigned int b)
{
	static const gfp_t flags[] = { GFP_KERNEL, GFP_ATOMIC, GFP_KERNEL | __GFP_NOWARN, GFP_NOWAIT, GFP_NOIO };
	gfp_t gfp = flags[b % ARRAY_SIZE(flags)] | (b & 64 ? __GFP_ZERO : 0);

	return in_interrupt() || irqs_disabled() ? (gfp & __GFP_ZERO) | GFP_ATOMIC : gfp;
}

/* As kmalloc(): a power of two is aligned to itself. */
static size_t natural(size_t size)
{
	return size >= 8 && is_power_of_2(size) ? min(size, (size_t)4 << 20) : size >= 8 ? 8 : 1;
}

static bool has_room(unsigned int n) { return nr_objs + n + 8 < MAX_OBJS; }

/* ---- operations ---- */

static void do_alloc(void)
{
	unsigned int heap = byte() % HEAPS, flags = byte();
	size_t size = size_of_bytes();
	gfp_t gfp = gfp_of_byte(flags);
	void *p;

	if (!has_room(1))
		return;
	if (heap == POOL) {
		if (pool)
			add(kspan_pool_alloc(pool, gfp), pool_size, POOL, gfp & __GFP_ZERO, 8);
		return;
	}
	p = heap && heaps_made[heap] ? kspan_heap_alloc(heaps_made[heap], size, gfp) : kspan_alloc(size, gfp);
	add(p, size, heaps_made[heap] ? heap : 0, gfp & __GFP_ZERO, natural(size));
}

static void do_free(void)
{
	unsigned int i = byte(), how = byte();
	struct obj o;

	if (!nr_objs)
		return;
	o = take(i % nr_objs);
	if (o.heap == POOL)
		kspan_pool_free(pool, o.p);
	else if (how % 8 == 1)
		kspan_free_sized(o.p, o.bytes);
	else if (how % 8 == 2 && in_task())
		kspan_free_sensitive(o.p);
	else if (how % 8 == 3 && in_task() && o.bytes >= sizeof(struct rcu_head))
		__kspan_free_rcu((struct rcu_head *)o.p);
	else
		kspan_free(o.p);
}

static void do_free_many(void)
{
	unsigned int n = byte();

	while (n-- && nr_objs) {
		struct obj o = take(nr_objs - 1);

		kspan_free(o.p);
	}
}

static void do_realloc(void)
{
	unsigned int i = byte();
	size_t size = size_of_bytes();
	gfp_t gfp = gfp_of_byte(byte()) & ~__GFP_ZERO;
	struct obj o;
	u8 *p;

	if (!nr_objs || !size)
		return;
	o = take(i % nr_objs);
	if (o.heap == POOL) {
		kspan_pool_free(pool, o.p);
		return;
	}
	p = kspan_realloc(o.p, size, gfp);
	if (!p) {
		objs[nr_objs++] = o;
		return;
	}
	user_check(*p == o.fill && !memcmp(p, p + 1, min(size, o.bytes) - 1), "realloc lost what was written");
	add(p, size, o.heap, false, 1);
}

static void do_bulk(void)
{
	unsigned int heap = byte() % POOL, n = byte() % MAX_BULK + 1, flags = byte(), i, got;
	size_t size = size_of_bytes();
	gfp_t gfp = gfp_of_byte(flags);
	void *list[MAX_BULK];

	if (!has_room(n) || size > 40000)
		return;
	heap = heaps_made[heap] ? heap : 0;
	got = heap ? kspan_heap_alloc_bulk(heaps_made[heap], size, gfp, n, list) :
		     kspan_alloc_bulk(size, gfp, n, list);
	user_check(got <= n, "too many objects");
	for (i = 0; i < got; i++)
		add(list[i], size, heap, gfp & __GFP_ZERO, natural(size));
}

static void do_free_bulk(void)
{
	unsigned int n = min(byte() % MAX_BULK, nr_objs), i, given = 0;
	void *list[MAX_BULK];
	struct obj o;

	for (i = 0; i < n; i++) {
		o = take(byte() % nr_objs);
		list[given++] = o.p;
	}
	kspan_free_bulk(given, list);
}

static void do_aligned(void)
{
	size_t align = 1UL << byte() % 23, size = size_of_bytes();
	gfp_t gfp = gfp_of_byte(byte());

	if (has_room(1) && size)
		add(kspan_alloc_aligned(size, align, gfp), size, 0, gfp & __GFP_ZERO, align);
}

static void do_misuse(void)
{
	unsigned int i = byte(), off = byte();
	unsigned long before = user_errors;
	struct obj *o;

	if (!nr_objs)
		return;
	o = &objs[i % nr_objs];
	off = 1 + off % max_t(unsigned int, min(o->bytes, (size_t)255) - 1, 1);
	user_errors_expected = true;
	kspan_free(i & 1 ? (void *)&before : o->p + off);
	user_errors_expected = false;
	user_check(user_errors > before, "a wrong pointer was freed");
}

static void do_cpu(void) { user_cpu = byte() % CPUS; }

static void do_wait(void)
{
	jiffies += byte();
	while (user_interrupts())
		;
	user_run_worker();
	while (user_interrupts())
		;
}

static void do_grace_period(void) { user_grace_period(); }
static void do_trim(void) { kspan_trim(); }

static void do_shrink(void)
{
	struct shrink_control sc = { };

	user_shrinker->count_objects(user_shrinker, &sc);
	user_shrinker->scan_objects(user_shrinker, &sc);
}

static void free_of_heap(unsigned int heap)
{
	unsigned int i = 0;
	struct obj o;

	while (i < nr_objs) {
		if (objs[i].heap != heap) {
			i++;
			continue;
		}
		o = take(i);
		heap == POOL ? kspan_pool_free(pool, o.p) : kspan_free(o.p);
	}
}

static void forget_heap(unsigned int heap)
{
	unsigned int i;

	for (i = nr_objs; i--; )
		if (objs[i].heap == heap)
			take(i);
}

static void end_heap(unsigned int heap)
{
	free_of_heap(heap);
	if (heap == POOL) {
		kspan_pool_destroy(pool);
		pool = NULL;
	} else {
		kspan_heap_destroy(heaps_made[heap]);
		heaps_made[heap] = NULL;
	}
	limits[heap] = 0;
}

static void do_heap(void)
{
	unsigned int heap = 1 + byte() % POOL, what = byte(), arg = byte();
	struct kspan_heap_params params = { };
	char name[16];

	user_hooks = 0;		/* nobody may use it meanwhile */
	if (heap == POOL ? !!pool : !!heaps_made[heap]) {
		if (what % 4 == 0) {
			end_heap(heap);
		} else if (what % 4 == 1) {
			forget_heap(heap);
			heap == POOL ? (void)kspan_pool_reset(pool) : kspan_heap_reset(heaps_made[heap]);
		} else if (heap == POOL) {
			kspan_pool_prefill(pool, arg, GFP_KERNEL);
		} else {
			limits[heap] = arg * 50000UL;
			kspan_heap_set_limit(heaps_made[heap], limits[heap]);
		}
		return;
	}
	sprintf(name, "fuzz%u", nr_created++);
	if (heap == POOL) {
		struct kspan_pool_params p = { .align = what & 1 ? 1UL << arg % 8 : 0 };

		pool_size = 1 + arg * (what & 2 ? 1 : 128) % KSPAN_MAX_SMALL;
		pool = or_null(kspan_pool_create(name, pool_size, &p));
		return;
	}
	params.flags = (what & 1 ? KSPAN_HEAP_ZERO_ON_FREE : 0) | (what & 2 ? KSPAN_HEAP_NO_TINY : 0) |
		       (what & 4 ? KSPAN_HEAP_DIRECT : 0) | (what & 8 && what & 4 ? KSPAN_HEAP_OR_VMALLOC : 0);
	params.magazine_kb = arg % 3 ? 0 : arg;
	heaps_made[heap] = or_null(kspan_heap_create(name, &params));
}

static void do_debug(void)
{
	unsigned int heap = 1 + byte() % (POOL - 1);
	u32 letters = byte() & DEBUG_LETTERS;

	if (!heaps_made[heap])
		return;
	free_of_heap(heap);	/* what may be written of an object changes */
	debug_mode_set(heaps_made[heap], letters ? letters | DEBUG_FREES : 0);
}

/* ---- an interrupt, perhaps an NMI, inside a call of the next operations ---- */

static u8 in_interrupt_bytes[12];

static void interrupt(void)
{
	const u8 *was = input, *was_end = input_end;
	unsigned long expected = user_errors_expected;

	input = in_interrupt_bytes;
	input_end = input + sizeof(in_interrupt_bytes);
	if (byte() & 1)
		do_alloc();
	do_free();
	do_free();
	user_errors_expected = expected;
	input = was;
	input_end = was_end;
}

static void do_arm(void)
{
	unsigned int i;

	user_hooks = byte() % 64 + 1;
	for (i = 0; i < sizeof(in_interrupt_bytes); i++)
		in_interrupt_bytes[i] = byte();
}

static void (*const operations[])(void) = {
	do_alloc, do_alloc, do_alloc, do_free, do_free, do_bulk, do_free_bulk, do_free_many, do_realloc,
	do_aligned, do_cpu, do_wait, do_grace_period, do_trim, do_shrink, do_heap, do_debug, do_region,
	do_fail, do_hotplug, do_param, do_arm, do_misuse,
};

/* ---- the books ---- */

static void check_limits(void)
{
	struct kspan_stats stats;
	unsigned int i;

	for (i = 1; i < POOL; i++)
		if (heaps_made[i] && limits[i]) {
			kspan_heap_get_stats(heaps_made[i], &stats);
			user_check(stats.live_objects <= MAX_OBJS, "a heap counts too many objects");
		}
}

static void end(void)
{
	struct kspan_stats stats;
	unsigned int i;

	user_hooks = 0;
	user_failure = -1;
	user_set_param("limit_mb", "0");
	user_set_param("reserve_kb", "1280");
	user_set_param("magazine_kb", "8192");
	user_set_param("cpu_cache_kb", "0");
	user_set_param("arena_decay_ms", "1000");
	end_region();
	check_limits();
	for (i = 1; i < HEAPS; i++)
		if (i == POOL ? !!pool : !!heaps_made[i])
			end_heap(i);
	free_of_heap(0);
	user_check(!nr_objs, "the program lost an object");
	kspan_rcu_barrier();
	while (user_interrupts() || user_grace_period())
		;
	kspan_trim();
	kspan_get_stats(&stats);
	user_check(!stats.live_objects, "an object is live that nobody has");
	user_check(!user_preempt && !user_irqs_off && !user_rcu, "a context was not left");
	jiffies += 1000;
	for (i = 0; i < 20 && user_run_worker(); i++) {
		while (user_interrupts())
			;
		jiffies += HZ;
	}
	kspan_trim();
	user_grace_period();
	user_check(user_bytes() <= 20UL << 20, "memory was not given back");
}

static void start(void)
{
	user_start();
	user_interrupt = interrupt;
	user_set_flag("tiny");
	user_check(!user_module_init(), "the module does not load");
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static bool started;

	if (!started)
		start();
	started = true;
	input = data;
	input_end = data + bytes;
	user_cpu = 0;
	last_size = 64;
	while (input < input_end)
		operations[byte() % ARRAY_SIZE(operations)]();
	end();
	return 0;
}
