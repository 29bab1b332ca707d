/* SPDX-License-Identifier: GPL-2.0 */
/*
 * debug_mode: change the debug mode of a heap that is in use. debug_lock, a mutex outside all
 * others.
 */
#ifndef _KSPAN_DEBUG_MODE_H
#define _KSPAN_DEBUG_MODE_H

#include "base/kspan_internal.h"

int debug_mode_set(struct kspan_heap *heap, u32 letters);
u32 debug_mode(struct kspan_heap *heap);

#endif /* _KSPAN_DEBUG_MODE_H */
