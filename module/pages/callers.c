// SPDX-License-Identifier: GPL-2.0
/*
 * callers: see callers.h.
 */
#include <linux/kallsyms.h>
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

/**
 * callers_text() - the name of a caller
 * @caller: an address in it, CALLER_UNKNOWN or CALLER_RCU
 * @text: room for the name
 * @len: bytes of @text; KSYM_SYMBOL_LEN are enough
 *
 * The address of code that is gone is not told: it would show where the kernel has its modules.
 *
 * Context: Any.
 * Return: the name, which need not be in @text.
 */
const char *callers_text(unsigned long caller, char *text, size_t len)
{
	if (caller == CALLER_UNKNOWN)
		return "unknown";
	if (caller == CALLER_RCU)
		return "unknown: it called kspan_free_rcu() earlier";
	snprintf(text, len, "%pS", (void *)caller);
	return strncmp(text, "0x", 2) ? text : "(module gone)";
}

/* Who called kspan, for a message: none of kspan's own functions, which say nothing of it. */
const char *callers_by(unsigned long caller, char *text, size_t len)
{
	if (caller != CALLER_RCU)
		caller = callers_find(caller);
	if (within_module(caller, THIS_MODULE))
		return "unknown";
	return callers_text(caller, text, len);
}
