/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace: kspan's tracepoints, described in include/kspan/README.md. They may fire in any context,
 * NMI included. No locks, but for who enables them.
 *
 * The fast paths have none. While kspan:alloc or kspan:free is enabled no heap has mcaches, so each
 * allocation and free takes the slow path, where they are: see trace_set_aside_fn().
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kspan

#if !defined(_KSPAN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _KSPAN_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/types.h>
#include <trace/events/mmflags.h>
#include "base/names.h"

#ifndef _KSPAN_TRACE_ONCE
#define _KSPAN_TRACE_ONCE

/* Where a flush takes objects. */
#define TRACE_FLUSH_DEPOT	0U
#define TRACE_FLUSH_SPANS	1U
#define TRACE_FLUSH_DRAIN	2U

int trace_objects_begin(void);
void trace_objects_end(void);
void trace_set_aside_fn(int (*aside)(bool on));
#endif

DECLARE_EVENT_CLASS(kspan_alloc,
	TP_PROTO(unsigned long call_site, const void *ptr, size_t bytes_req, size_t bytes_alloc,
		 gfp_t gfp_flags, const char *heap, int node),
	TP_ARGS(call_site, ptr, bytes_req, bytes_alloc, gfp_flags, heap, node),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__field(size_t, bytes_req)
		__field(size_t, bytes_alloc)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__array(char, heap, NAME_BYTES)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		__entry->bytes_req = bytes_req;
		__entry->bytes_alloc = bytes_alloc;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = node;
		strscpy(__entry->heap, heap, NAME_BYTES);
	),
	TP_printk("call_site=%pS ptr=%p bytes_req=%zu bytes_alloc=%zu gfp_flags=%s heap=%s node=%d",
		  (void *)__entry->call_site, __entry->ptr, __entry->bytes_req,
		  __entry->bytes_alloc, show_gfp_flags(__entry->gfp_flags), __entry->heap,
		  __entry->node)
);

DEFINE_EVENT_FN(kspan_alloc, alloc,
	TP_PROTO(unsigned long call_site, const void *ptr, size_t bytes_req, size_t bytes_alloc,
		 gfp_t gfp_flags, const char *heap, int node),
	TP_ARGS(call_site, ptr, bytes_req, bytes_alloc, gfp_flags, heap, node),
	trace_objects_begin, trace_objects_end);

DEFINE_EVENT(kspan_alloc, large_alloc,
	TP_PROTO(unsigned long call_site, const void *ptr, size_t bytes_req, size_t bytes_alloc,
		 gfp_t gfp_flags, const char *heap, int node),
	TP_ARGS(call_site, ptr, bytes_req, bytes_alloc, gfp_flags, heap, node));

TRACE_EVENT_FN(free,
	TP_PROTO(unsigned long call_site, const void *ptr, size_t bytes_alloc, const char *heap,
		 int node),
	TP_ARGS(call_site, ptr, bytes_alloc, heap, node),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__field(size_t, bytes_alloc)
		__field(int, node)
		__array(char, heap, NAME_BYTES)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		__entry->bytes_alloc = bytes_alloc;
		__entry->node = node;
		strscpy(__entry->heap, heap, NAME_BYTES);
	),
	TP_printk("call_site=%pS ptr=%p bytes_alloc=%zu heap=%s node=%d",
		  (void *)__entry->call_site, __entry->ptr, __entry->bytes_alloc, __entry->heap,
		  __entry->node),
	trace_objects_begin, trace_objects_end
);

TRACE_EVENT(refill,
	TP_PROTO(size_t bytes_alloc, unsigned int objects, const char *heap, int node),
	TP_ARGS(bytes_alloc, objects, heap, node),
	TP_STRUCT__entry(
		__field(size_t, bytes_alloc)
		__field(unsigned int, objects)
		__field(int, node)
		__array(char, heap, NAME_BYTES)
	),
	TP_fast_assign(
		__entry->bytes_alloc = bytes_alloc;
		__entry->objects = objects;
		__entry->node = node;
		strscpy(__entry->heap, heap, NAME_BYTES);
	),
	TP_printk("bytes_alloc=%zu objects=%u heap=%s node=%d", __entry->bytes_alloc,
		  __entry->objects, __entry->heap, __entry->node)
);

TRACE_EVENT(flush,
	TP_PROTO(size_t bytes_alloc, unsigned int objects, unsigned int to, const char *heap,
		 int node),
	TP_ARGS(bytes_alloc, objects, to, heap, node),
	TP_STRUCT__entry(
		__field(size_t, bytes_alloc)
		__field(unsigned int, objects)
		__field(unsigned int, to)
		__field(int, node)
		__array(char, heap, NAME_BYTES)
	),
	TP_fast_assign(
		__entry->bytes_alloc = bytes_alloc;
		__entry->objects = objects;
		__entry->to = to;
		__entry->node = node;
		strscpy(__entry->heap, heap, NAME_BYTES);
	),
	TP_printk("bytes_alloc=%zu objects=%u to=%s heap=%s node=%d", __entry->bytes_alloc,
		  __entry->objects,
		  __print_symbolic(__entry->to, { 0, "depot" }, { 1, "spans" }, { 2, "drain" }),
		  __entry->heap, __entry->node)
);

TRACE_EVENT(span_alloc,
	TP_PROTO(unsigned long call_site, unsigned long ptr, size_t bytes_alloc,
		 size_t object_bytes, gfp_t gfp_flags, const char *heap, int node),
	TP_ARGS(call_site, ptr, bytes_alloc, object_bytes, gfp_flags, heap, node),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__field(size_t, bytes_alloc)
		__field(size_t, object_bytes)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__array(char, heap, NAME_BYTES)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = (const void *)ptr;
		__entry->bytes_alloc = bytes_alloc;
		__entry->object_bytes = object_bytes;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = node;
		strscpy(__entry->heap, heap, NAME_BYTES);
	),
	TP_printk("call_site=%pS ptr=%p bytes_alloc=%zu object_bytes=%zu gfp_flags=%s heap=%s node=%d",
		  (void *)__entry->call_site, __entry->ptr, __entry->bytes_alloc,
		  __entry->object_bytes, show_gfp_flags(__entry->gfp_flags), __entry->heap,
		  __entry->node)
);

TRACE_EVENT(span_free,
	TP_PROTO(unsigned long ptr, size_t bytes_alloc, size_t object_bytes, const char *heap,
		 int node),
	TP_ARGS(ptr, bytes_alloc, object_bytes, heap, node),
	TP_STRUCT__entry(
		__field(const void *, ptr)
		__field(size_t, bytes_alloc)
		__field(size_t, object_bytes)
		__field(int, node)
		__array(char, heap, NAME_BYTES)
	),
	TP_fast_assign(
		__entry->ptr = (const void *)ptr;
		__entry->bytes_alloc = bytes_alloc;
		__entry->object_bytes = object_bytes;
		__entry->node = node;
		strscpy(__entry->heap, heap, NAME_BYTES);
	),
	TP_printk("ptr=%p bytes_alloc=%zu object_bytes=%zu heap=%s node=%d", __entry->ptr,
		  __entry->bytes_alloc, __entry->object_bytes, __entry->heap, __entry->node)
);

DECLARE_EVENT_CLASS(kspan_segment,
	TP_PROTO(unsigned long ptr, size_t bytes_alloc, const char *backing, int node),
	TP_ARGS(ptr, bytes_alloc, backing, node),
	TP_STRUCT__entry(
		__field(const void *, ptr)
		__field(size_t, bytes_alloc)
		__field(int, node)
		__array(char, backing, NAME_BYTES)
	),
	TP_fast_assign(
		__entry->ptr = (const void *)ptr;
		__entry->bytes_alloc = bytes_alloc;
		__entry->node = node;
		strscpy(__entry->backing, backing, NAME_BYTES);
	),
	TP_printk("ptr=%p bytes_alloc=%zu backing=%s node=%d", __entry->ptr, __entry->bytes_alloc,
		  __entry->backing, __entry->node)
);

DEFINE_EVENT(kspan_segment, segment_make,
	TP_PROTO(unsigned long ptr, size_t bytes_alloc, const char *backing, int node),
	TP_ARGS(ptr, bytes_alloc, backing, node));

DEFINE_EVENT(kspan_segment, segment_free,
	TP_PROTO(unsigned long ptr, size_t bytes_alloc, const char *backing, int node),
	TP_ARGS(ptr, bytes_alloc, backing, node));

TRACE_EVENT(bad_free,
	TP_PROTO(unsigned long call_site, const void *ptr, const char *what),
	TP_ARGS(call_site, ptr, what),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__array(char, what, NAME_BYTES)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		strscpy(__entry->what, what, NAME_BYTES);
	),
	TP_printk("call_site=%pS ptr=%p what=%s", (void *)__entry->call_site, __entry->ptr,
		  __entry->what)
);

TRACE_EVENT(failure,
	TP_PROTO(unsigned long call_site, size_t bytes_req, gfp_t gfp_flags, const char *heap,
		 int node),
	TP_ARGS(call_site, bytes_req, gfp_flags, heap, node),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(size_t, bytes_req)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__array(char, heap, NAME_BYTES)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->bytes_req = bytes_req;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = node;
		strscpy(__entry->heap, heap, NAME_BYTES);
	),
	TP_printk("call_site=%pS bytes_req=%zu gfp_flags=%s heap=%s node=%d",
		  (void *)__entry->call_site, __entry->bytes_req,
		  show_gfp_flags(__entry->gfp_flags), __entry->heap, __entry->node)
);

#endif /* _KSPAN_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH base
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
