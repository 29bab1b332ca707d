/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bench's clock: instructions on a machine whose time stamp counter counts them (QEMU with
 * -icount), nanoseconds elsewhere. Raw ticks are read here and scaled when a section is over.
 */
#ifndef _KSPAN_BENCH_CLOCK_H
#define _KSPAN_BENCH_CLOCK_H

#include <linux/ktime.h>
#include <linux/types.h>

/* __x86_64__ is defined on user-mode Linux too, which has the instruction as well. */
static __always_inline u64 clock_read(void)
{
#ifdef __x86_64__
	u32 low, high;

	asm volatile("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return low | (u64)high << 32;
#else
	return ktime_get_ns();
#endif
}

int clock_init(const char *unit);
const char *clock_unit(void);
u64 clock_since(u64 start);
u64 clock_milli(u64 ticks, u64 ops);
u64 clock_section(void);
unsigned int clock_sections(void);

#endif /* _KSPAN_BENCH_CLOCK_H */
