// SPDX-License-Identifier: GPL-2.0
/*
 * report_object: see report_object.h. Addresses are hashed as in report.c; the bytes around a fault
 * are shown as they are.
 */
#include <linux/kallsyms.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include "pages/callers.h"
#include "pages/report.h"
#include "pages/report_object.h"
#include "pages/stacks.h"

#define ROW		16U
#define ROWS_BEFORE	2U
#define ROWS_BEHIND	3U

static const char *state_text(u32 state)
{
	static const char * const texts[] = {
		[RECORD_UNKNOWN] = "unknown",
		[RECORD_LIVE] = "live",
		[RECORD_WAITS] = "waiting for kspan_free_rcu()",
		[RECORD_HELD] = "freed, in quarantine",
		[RECORD_FREE] = "freed",
	};

	return (state & RECORD_STATES) < ARRAY_SIZE(texts) ? texts[state & RECORD_STATES] : "";
}

/**
 * report_bytes() - show memory around a fault
 * @span: nothing outside it is shown
 * @obj: the object; rows are named by their distance from it
 * @at: the first wrong byte
 */
void report_bytes(const struct mspan *span, const void *obj, const void *at)
{
	unsigned long begin = span->base, end = begin + mspan_bytes(span);
	unsigned long row = round_down((unsigned long)at, ROW);

	if (KSPAN_KASAN)	/* its own accesses would be reported */
		return;
	begin = max(begin, row - min(row, ROWS_BEFORE * (unsigned long)ROW));
	end = min(end, row + ROWS_BEHIND * ROW);
	for (; begin < end; begin += ROW)
		pr_err("  %c %+6ld: %*ph\n", begin == row ? '>' : ' ',
		       (long)(begin - (unsigned long)obj),
		       (int)min_t(unsigned long, ROW, end - begin), (void *)begin);
}

static void show_head(const char *which, const struct mspan *span, const struct record *rec,
		      const void *obj)
{
	pr_err("  %s %p of %zu bytes, %s, in heap \"%s\"\n", which, obj,
	       record_bytes(span) - rec->slack, state_text(READ_ONCE(rec->state)),
	       span->owner->name);
	if (rec->alloc_stack) {
		pr_err("  allocated by:\n");
		stacks_print(rec->alloc_stack);
	}
}

static void show_object(const struct mspan *span, const struct record *rec, const void *obj)
{
	show_head("object", span, rec, obj);
	if (rec->free_stack) {
		pr_err("  freed by:\n");
		stacks_print(rec->free_stack);
	}
}

/* The object behind: the write may have been one before its beginning. */
static void show_neighbour(const struct mspan *span, const void *obj)
{
	unsigned int next = 0;

	if (span->class != CLASS_LARGE)
		next = mspan_index(span, (unsigned long)obj) + 1;
	if (next && next < mspan_nr_objs(span))
		show_head("next object", span, record_at(span, next),
			  (void *)mspan_object(span, next));
}

/**
 * report_object() - report memory that was written to and must not have been
 * @what: what happened
 * @span: a span with records
 * @rec: the record of the object
 * @obj: the object
 * @at: the first wrong byte
 *
 * Who wrote is unknown: the stack at the end is of the call that found it.
 */
void report_object(const char *what, const struct mspan *span, const struct record *rec,
		   const void *obj, const void *at)
{
	if (!report_begin_bad_free(obj, CALLER_UNKNOWN, "overwritten", 1))
		return;
	pr_err("%s of %p, at byte %ld of %zu\n", what, obj, (long)(at - obj),
	       record_bytes(span) - rec->slack);
	show_object(span, rec, obj);
	report_bytes(span, obj, at);
	if (READ_ONCE(rec->state) & RECORD_RED)
		show_neighbour(span, obj);
	report_end_misuse(true);
}

/* A free of an object that is not live. */
void report_object_free(const struct mspan *span, const struct record *rec, const void *obj,
			unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(obj, caller, "double", 1))
		return;
	pr_err("double free of %p, size class %u (%zu bytes), caller %s\n", obj, span->class,
	       record_bytes(span), callers_by(caller, text, sizeof(text)));
	show_object(span, rec, obj);
	report_end_misuse(true);
}

/* Another call with an object that is not live. */
void report_object_stale(const struct mspan *span, const struct record *rec, const void *obj,
			 unsigned long caller)
{
	char text[KSYM_SYMBOL_LEN];

	if (!report_begin_bad_free(obj, caller, "stale", 1))
		return;
	pr_err("use after free of %p, caller %s\n", obj, callers_by(caller, text, sizeof(text)));
	show_object(span, rec, obj);
	report_end_misuse(true);
}
