// SPDX-License-Identifier: GPL-2.0
/*
 * callers: see callers.h.
 */
#include <linux/module.h>
#include <linux/stacktrace.h>
#include "base/kspan_internal.h"
#include "pages/callers.h"

#define MAX_DEPTH	12

/* The first return address outside kspan. Some kernels cannot unwind their stack. */
static unsigned long find_caller(unsigned long unknown)
{
	unsigned long entries[MAX_DEPTH];
	unsigned int i, n = save_stack(entries, MAX_DEPTH, 1);

	for (i = 0; i < n; i++)
		if (!within_module(entries[i], THIS_MODULE))
			return entries[i];
	return unknown;
}

/**
 * callers_find() - who called kspan
 * @caller: return address of a function that may be called by kspan itself
 *
 * Context: Any.
 * Return: the first return address that is not kspan's; @caller where it cannot be told.
 */
unsigned long callers_find(unsigned long caller)
{
	return within_module(caller, THIS_MODULE) ? find_caller(caller) : caller;
}
