// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the sums of the public headers. Not part of the module: "make abi" has it compiled as far
 * as an assembler file, in which mkabi.sh finds the values.
 */
#define KSPAN_MAKING_ABI
#include <linux/kbuild.h>
#include <kspan/heap.h>
#include <kspan/pool.h>
#include <kspan/region.h>

int main(void)
{
	DEFINE(CLASSES, KSPAN_ABI_SUM_CLASSES >> 32);
	DEFINE(KSPAN, KSPAN_ABI_SUM_KSPAN >> 32);
	DEFINE(HEAP, KSPAN_ABI_SUM_HEAP >> 32);
	DEFINE(POOL, KSPAN_ABI_SUM_POOL >> 32);
	DEFINE(REGION, KSPAN_ABI_SUM_REGION >> 32);
	DEFINE(VERSION, KSPAN_ABI);
	return 0;
}
