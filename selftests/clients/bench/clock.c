// SPDX-License-Identifier: GPL-2.0
/*
 * The bench's clock: measures the ticks of an instruction or a nanosecond. It refuses to count
 * instructions on a machine whose counter does not count them.
 */
#include <linux/irqflags.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "bench.h"
#include "clock.h"

#define CALIBRATE_LOOPS	1000000
#define CALIBRATE_NS	(20 * NSEC_PER_MSEC)

/*
 * A longer section has more interrupts, a shorter one shows the clock's own cost. Where
 * instructions are counted, only the timer's interrupt disturbs; the median of three excludes it.
 */
#define SECTION_INSN	70000
#define SECTIONS_INSN	3
#define SECTION_NS	(20 * NSEC_PER_USEC)
#define SECTIONS_NS	BENCH_SECTIONS

static const char *unit_name;
static u64 unit_ticks;	/* ticks in a million units */
static u64 unit_section;	/* units that a timed section should last */
static unsigned int unit_sections;	/* such sections in a sample */
static u64 read_ticks;	/* difference of two consecutive readings */

#ifdef __x86_64__
/* The ticks of 2 * CALIBRATE_LOOPS instructions: cheap ones, and ones that wait for each other. */
static u64 insn_loop_ticks(bool slow)
{
	unsigned long flags, n = CALIBRATE_LOOPS, x = 3;
	u64 start, end;

	local_irq_save(flags);
	start = clock_read();
	if (slow)
		asm volatile("1: imul %1, %1\n\timul %1, %1\n\timul %1, %1\n\tdec %0\n\tjnz 1b"
			     : "+r" (n), "+r" (x));
	else
		asm volatile("1: nop\n\tnop\n\tnop\n\tdec %0\n\tjnz 1b" : "+r" (n));
	end = clock_read();
	local_irq_restore(flags);
	return end - start;
}

static int insn_calibrate(void)
{
	u64 fast = insn_loop_ticks(false), slow = insn_loop_ticks(true);

	if (abs((s64)(fast - slow)) > fast / 1000) {
		pr_err("kspan_bench: unit=insn wants QEMU with -icount: %llu ticks are not %llu\n",
		       fast, slow);
		return -EINVAL;
	}
	unit_ticks = div_u64(fast, 5 * CALIBRATE_LOOPS / 1000000);
	unit_section = SECTION_INSN;
	unit_sections = SECTIONS_INSN;
	return 0;
}
#else
static int insn_calibrate(void)
{
	pr_err("kspan_bench: unit=insn is for x86-64 in QEMU with -icount\n");
	return -EINVAL;
}
#endif

static int ns_calibrate(void)
{
	u64 ns = ktime_get_ns(), ticks = clock_read(), passed;

	do {
		passed = ktime_get_ns() - ns;
	} while (passed < CALIBRATE_NS);
	ticks = clock_read() - ticks;
	unit_ticks = div64_u64(ticks * 1000000, passed);
	unit_section = SECTION_NS;
	unit_sections = SECTIONS_NS;
	return 0;
}

static void cost_calibrate(void)
{
	u64 start, ticks;
	int i;

	read_ticks = U64_MAX;
	for (i = 0; i < 100; i++) {
		start = clock_read();
		ticks = clock_read() - start;
		read_ticks = min(read_ticks, ticks);
	}
}

/* @unit is "insn" or "ns". */
int clock_init(const char *unit)
{
	bool insn = !strcmp(unit, "insn");

	if (!insn && strcmp(unit, "ns")) {
		pr_err("kspan_bench: unit is insn or ns\n");
		return -EINVAL;
	}
	unit_name = insn ? "insn" : "ns";
	cost_calibrate();
	return insn ? insn_calibrate() : ns_calibrate();
}

/* Ticks since clock_read() returned @start, without the cost of reading the clock. */
u64 clock_since(u64 start)
{
	u64 ticks = clock_read() - start;

	return ticks - min(ticks, read_ticks);
}

const char *clock_unit(void)
{
	return unit_name;
}

/* Thousandths of a unit that one of @ops took, all of them having taken @ticks. */
u64 clock_milli(u64 ticks, u64 ops)
{
	u64 milli = mul_u64_u64_div_u64(ticks, 1000000000, unit_ticks);

	return div64_u64(milli, ops);
}

/* Thousandths of a unit that a timed section should last. */
u64 clock_section(void)
{
	return unit_section * 1000;
}

unsigned int clock_sections(void)
{
	return unit_sections;
}
