// SPDX-License-Identifier: GPL-2.0
/*
 * events: see events.h. Called only while the tracepoint is enabled, in any context, NMI included.
 */
#include "cpu/tiny.h"
#include "heap/events.h"
#include "heap/guard.h"
#include "pages/callers.h"
#include "pages/pagemap.h"

/**
 * struct object - what is told of an object
 * @bytes: the bytes that it takes; 0: no object begins there
 * @owner: of its heap
 */
struct object {
	size_t bytes;
	const struct owner *owner;
};

static size_t taken_bytes(struct mspan *span, const void *p)
{
	unsigned long addr = (unsigned long)p;

	if (!mspan_covers(span, addr))
		return 0;
	if (span->class == CLASS_LARGE)
		return addr == span->base && !span->region ? mspan_bytes(span) : 0;
	if (span->class == CLASS_TINY)
		return tiny_size(span, p);
	return mspan_begins_at(span, addr) ? size_classes[span->class].size : 0;
}

static struct object object_at(const void *p)
{
	struct mspan *span = pagemap_find((unsigned long)p);
	struct kspan_heap *heap = guard_heap(p);

	if (heap)
		return (struct object) { guard_size(p), &heap->owner };
	return (struct object) { taken_bytes(span, p), span->owner };
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
	struct object obj = object_at(p);

	if (obj.bytes)
		trace_alloc(call_site(), p, size, obj.bytes, gfp, obj.owner->name,
			    obj.owner->place.node);
}

/* The same of one over 32 KB that is of no class. */
void event_large_alloc(const void *p, size_t size, gfp_t gfp)
{
	struct object obj = object_at(p);

	if (obj.bytes)
		trace_large_alloc(call_site(), p, size, obj.bytes, gfp, obj.owner->name,
				  obj.owner->place.node);
}

/* An object is about to be freed. Nothing is told of a pointer to no object. */
void event_free(const void *p, unsigned long caller)
{
	struct object obj = object_at(p);

	if (!obj.bytes)
		return;
	caller = caller == CALLER_RCU ? CALLER_UNKNOWN : callers_find(caller);
	if (within_module(caller, THIS_MODULE))
		caller = CALLER_UNKNOWN;
	trace_free(caller, p, obj.bytes, obj.owner->name, obj.owner->place.node);
}
