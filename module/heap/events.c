// SPDX-License-Identifier: GPL-2.0
/*
 * events: see events.h. Called only while the tracepoint is enabled, in any context, NMI included.
 */
#include "cpu/tiny.h"
#include "heap/events.h"
#include "pages/callers.h"
#include "pages/pagemap.h"

/* The bytes that an object of a span takes; 0 if no object may begin there. */
static size_t taken_bytes(struct mspan *span, const void *p)
{
	unsigned long addr = (unsigned long)p;

	if (span->class == CLASS_LARGE)
		return addr == span->base && !span->region ? mspan_bytes(span) : 0;
	if (span->class == CLASS_TINY)
		return tiny_size(span, p);
	return mspan_begins_at(span, addr) ? size_classes[span->class].size : 0;
}

/* The first return address that is not kspan's. */
static unsigned long call_site(void)
{
	unsigned long caller = callers_find(_THIS_IP_);

	return within_module(caller, THIS_MODULE) ? CALLER_UNKNOWN : caller;
}

/* An object was allocated. */
void event_alloc(const void *p, size_t size, gfp_t gfp)
{
	struct mspan *span = pagemap_find((unsigned long)p);

	trace_alloc(call_site(), p, size, taken_bytes(span, p), gfp, span->owner->name,
		    span->owner->place.node);
}

/* The same of one that has a span of its own. */
void event_large_alloc(const void *p, size_t size, gfp_t gfp)
{
	struct mspan *span = pagemap_find((unsigned long)p);

	trace_large_alloc(call_site(), p, size, mspan_bytes(span), gfp, span->owner->name,
			  span->owner->place.node);
}

/* An object is about to be freed. Nothing is told of a pointer to no object. */
void event_free(struct mspan *span, const void *p, unsigned long caller)
{
	size_t bytes = taken_bytes(span, p);

	if (!bytes)
		return;
	caller = caller == CALLER_RCU ? CALLER_UNKNOWN : callers_find(caller);
	if (within_module(caller, THIS_MODULE))
		caller = CALLER_UNKNOWN;
	trace_free(caller, p, bytes, span->owner->name, span->owner->place.node);
}
