// SPDX-License-Identifier: GPL-2.0
/*
 * guard_report: see guard_report.h. The heap of a freed object may be gone: its name is not told.
 */
#include <linux/kallsyms.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "heap/guard_report.h"
#include "pages/callers.h"
#include "pages/report.h"

static void show_place(const struct guard_place *place)
{
	bool live = READ_ONCE(place->state) == GUARD_LIVE;

	pr_err("  guarded object %p of %zu bytes%s\n", (void *)place->obj, place->size,
	       live ? "" : ", freed");
	pr_err("  allocated by:\n");
	stacks_print_entries(place->allocated_by, min(place->nr_allocated_by, STACKS_DEPTH));
	if (live)
		return;
	pr_err("  freed by:\n");
	stacks_print_entries(place->freed_by, min(place->nr_freed_by, STACKS_DEPTH));
}

static const char *text_of(const struct guard_place *place, enum guard_misuse what)
{
	bool live = READ_ONCE(place->state) != GUARD_FREE;

	switch (what) {
	case GUARD_READ:
		return live ? "read out of bounds" : "read after free";
	case GUARD_WRITE:
		return live ? "write out of bounds" : "write after free";
	case GUARD_WROTE:
		return "write out of bounds, found at the free,";
	default:
		return "write after free, found later,";
	}
}

/**
 * guard_report() - report an access
 * @place: the place of the object that was meant
 * @what: what happened
 * @addr: the address
 */
void guard_report(const struct guard_place *place, enum guard_misuse what, unsigned long addr)
{
	if (!report_begin_misuse(MISUSE_ACCESS, 1))
		return;
	pr_err("%s at byte %ld of %zu\n", text_of(place, what), (long)(addr - place->obj),
	       place->size);
	show_place(place);
	report_end_misuse(what == GUARD_READ || what == GUARD_WRITE);
}

/**
 * guard_report_free() - report a free of what is no live object
 * @place: the place at the address, or NULL
 * @addr: the pointer
 * @caller: who freed
 */
void guard_report_free(const struct guard_place *place, unsigned long addr, unsigned long caller)
{
	bool twice = place && READ_ONCE(place->obj) == addr;
	char text[KSYM_SYMBOL_LEN];
	const char *by;

	if (!report_begin_bad_free((void *)addr, caller, twice ? "double" : "inside", 1))
		return;
	by = callers_by(caller, text, sizeof(text));
	if (twice)
		pr_err("double free of %p, caller %s\n", (void *)addr, by);
	else
		pr_err("bad free: %p lies in or beside a guarded object and begins none, caller %s\n",
		       (void *)addr, by);
	if (place && place->size)
		show_place(place);
	report_end_misuse(true);
}

/* Report a write to a freed object. Its place is about to be used again, and nobody else has it. */
void guard_check_freed(const struct guard_place *place, u8 pattern)
{
	void *bad = place->size ? memchr_inv((void *)place->obj, pattern, place->size) : NULL;

	if (bad)
		guard_report(place, GUARD_WROTE_FREED, (unsigned long)bad);
}
