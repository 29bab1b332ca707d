// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_world: operations on a region, and what happens around the allocator: failures, CPUs that go
 * and come, parameters. See fuzz.c.
 */
#include <kspan/region.h>
#include "user/fuzz.h"

static struct kspan_region *region;

static void check_region(void)
{
	unsigned int i;

	for (i = 0; i < nr_in_region; i++)
		check_fill(&in_region[i]);
}

void end_region(void)
{
	check_region();
	nr_in_region = 0;
	kspan_region_destroy(region);
	region = NULL;
}

void do_region(void)
{
	static u8 fill;
	unsigned int what = byte();
	struct kspan_region_params params = { .block_size = what & 8 ? 65536 : 0 };
	size_t size = size_of_bytes(), align;
	gfp_t gfp = gfp_of_byte(byte());
	char name[16];
	u8 *p;

	if (!region) {
		sprintf(name, "fuzz%u", nr_created++);
		region = or_null(kspan_region_create(name, &params));
	} else if (what % 8 == 0 || nr_in_region == ARRAY_SIZE(in_region)) {
		check_region();
		nr_in_region = 0;
		kspan_region_reset(region);
	} else if (what % 8 == 1) {
		end_region();
	} else if (size) {
		align = what & 64 ? 1UL << what % 14 : 8;
		p = what & 64 ? kspan_region_alloc_aligned(region, size, align, gfp) :
				kspan_region_alloc(region, size, gfp);
		if (!p)
			return;
		user_check(IS_ALIGNED((unsigned long)p, align), "an object is not aligned");
		user_check(!(gfp & __GFP_ZERO) || !memchr_inv(p, 0, size), "an object is not zeroed");
		check_apart(objs, nr_objs, p, size);
		check_apart(in_region, nr_in_region, p, size);
		in_region[nr_in_region++] = (struct obj){ p, size, ++fill };
		memset(p, fill, size);
	}
}

void do_fail(void) { user_failure = byte() & 128 ? -1 : byte() % 32; }

void do_hotplug(void)
{
	unsigned int cpu = byte() % CPUS;
	long failure = user_failure;

	if ((int)cpu == user_cpu)
		return;
	while (user_interrupts())
		;
	user_cpu_dead(cpu);
	user_failure = -1;
	user_check(!user_cpu_prepare(cpu), "a CPU does not come");
	user_failure = failure;
}

void do_param(void)
{
	static const char *const values[][2] = {
		{ "magazine_kb", "0" }, { "magazine_kb", "64" }, { "magazine_kb", "8192" },
		{ "cpu_cache_kb", "64" }, { "cpu_cache_kb", "0" }, { "reserve_kb", "0" },
		{ "reserve_kb", "1280" }, { "limit_mb", "16" }, { "limit_mb", "0" },
		{ "arena_decay_ms", "0" }, { "arena_decay_ms", "1000" },
	};
	unsigned int i = byte() % ARRAY_SIZE(values);

	user_set_param(values[i][0], values[i][1]);
}
