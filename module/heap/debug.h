/* SPDX-License-Identifier: GPL-2.0 */
/*
 * debug: allocations from and frees into a heap in debug mode. The heap has no mcaches, so none of
 * them takes the fast path, and each free reaches the object's span. Takes no lock itself.
 */
#ifndef _KSPAN_DEBUG_H
#define _KSPAN_DEBUG_H

#include "central/heap.h"
#include "pages/record.h"

/* Bytes at least behind each object, with DEBUG_RED_ZONES. */
#define RED_ZONE	64U

int debug_prepare(struct kspan_heap *heap, u32 letters);
int debug_begin(struct kspan_heap *heap, u32 letters);
void debug_set(struct kspan_heap *heap, u32 letters);

unsigned int debug_class(unsigned int class, size_t size);
void *debug_alloc(struct kspan_heap *heap, unsigned int class, size_t size, gfp_t gfp);
void *debug_alloc_large(struct kspan_heap *heap, size_t size, size_t align, gfp_t gfp);
void debug_note(unsigned long obj);
bool debug_take(struct mspan *span, const void *obj, unsigned long caller);
void debug_end(struct mspan *span, void *obj);
void debug_reset(struct mspan *span);
void debug_flush(struct kspan_heap *heap);

size_t debug_size(const struct mspan *span, const void *obj);
void debug_resize(struct mspan *span, void *obj, size_t size);
bool debug_is_stale(const struct mspan *span, const void *obj, unsigned long caller);
bool debug_wait(struct mspan *span, const void *obj, unsigned long caller);
void debug_waited(struct mspan *span, const void *obj);

#endif /* _KSPAN_DEBUG_H */
