// SPDX-License-Identifier: GPL-2.0
/* What a module gets for kmalloc() and kfree() that is built with slab_override.h, as this file. */
#include <linux/module.h>
#include <linux/slab.h>
#include "bench.h"
#include "loops.h"

static __always_inline void *take_override(struct bench_job *job, size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

static __always_inline void give_override(struct bench_job *job, void *p)
{
	kfree(p);
}

BENCH_LOOPS_DEFINE(override)

const struct bench_alloc bench_override = {
	.name = "override",
	.max_size = SIZE_MAX,
	BENCH_LOOPS_OF(override),
};
