/* SPDX-License-Identifier: GPL-2.0 */
/*
 * heap: a named allocator: its mcaches and mcentrals. There is the default heap. Upper layer; what
 * guards a field stands with it.
 */
#ifndef _KSPAN_HEAP_H
#define _KSPAN_HEAP_H

#include <linux/atomic.h>
#include "mcentral.h"

/**
 * struct kspan_heap - an allocator
 * @mcaches: for each CPU its mcache; NULL for a CPU that is not there
 * @name: for messages and debugfs
 * @central: by class; [CLASS_LARGE] is not used
 * @large_objects: live; atomic
 * @large_bytes: bytes of their spans; atomic
 * @large_allocs: ever; atomic
 * @tiny_allocs: tiny objects allocated past the mcaches; atomic
 * @tiny_frees: tiny objects freed past the mcaches; atomic
 * @failures: allocations that returned NULL; atomic
 */
struct kspan_heap {
	struct mcache * __percpu *mcaches;
	const char *name;
	struct mcentral central[NR_CLASSES];
	atomic_long_t large_objects;
	atomic_long_t large_bytes;
	atomic_long_t large_allocs;
	atomic_long_t tiny_allocs;
	atomic_long_t tiny_frees;
	atomic_long_t failures;
};

extern struct kspan_heap default_heap;

void heap_init(struct kspan_heap *heap);

#endif /* _KSPAN_HEAP_H */
