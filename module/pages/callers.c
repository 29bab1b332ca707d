// SPDX-License-Identifier: GPL-2.0
/*
 * callers: see callers.h.
 */
#include <linux/module.h>
#include <linux/stacktrace.h>
#include "base/params.h"
#include "pages/callers.h"
#include "pages/pagemap.h"

#define MAX_DEPTH	12

/* The first return address outside kspan. Some kernels cannot unwind their stack. */
static unsigned long find_caller(void)
{
	unsigned long entries[MAX_DEPTH];
	unsigned int i, n = save_stack(entries, MAX_DEPTH, 1);

	for (i = 0; i < n; i++)
		if (!within_module(entries[i], THIS_MODULE))
			return entries[i];
	return CALLER_UNKNOWN;
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
	unsigned long found;

	if (!within_module(caller, THIS_MODULE))
		return caller;
	found = find_caller();
	return found == CALLER_UNKNOWN ? caller : found;
}

static unsigned long *caller_of(struct mspan *span, const void *obj)
{
	unsigned int i = span->class == CLASS_LARGE ? 0 : mspan_index(span, (unsigned long)obj);

	return &span->callers[i];
}

void callers_note_slow(void *obj)
{
	struct mspan *span = pagemap_find((unsigned long)obj);

	WRITE_ONCE(*caller_of(span, obj), find_caller());
}

void callers_forget_slow(struct mspan *span, const void *obj)
{
	WRITE_ONCE(*caller_of(span, obj), 0);
}

/* Forget the callers of all objects of a span. */
void callers_reset(struct mspan *span)
{
	if (span->callers)
		memset(span->callers, 0, mspan_nr_objs(span) * sizeof(*span->callers));
}

/* Called before the first allocation. */
void callers_init(void)
{
	if (param_track())
		static_branch_enable(&mspan_tracking_key);
}
