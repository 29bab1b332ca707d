/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Module parameters, as the other files read them. They are set at load; those that may change
 * later are read with READ_ONCE.
 */
#ifndef _KSPAN_PARAMS_H
#define _KSPAN_PARAMS_H

#include "base/kspan_internal.h"

void params_start(void);
void params_stop(void);

bool params_fit(void);
unsigned long param_arena_bytes(void);
unsigned long param_segment_bytes(void);
unsigned long param_decay_jiffies(void);
unsigned long param_reserve_pages(void);
unsigned long param_magazine_bytes(void);
unsigned long param_cpu_cache_bytes(void);
bool param_direct(void);
unsigned long param_limit_bytes(void);
bool param_tiny(void);
u32 param_debug(void);
size_t param_quarantine_bytes(void);
unsigned long param_guard_jiffies(void);
unsigned long param_profile_bytes(void);
bool param_panic_on_misuse(void);
bool param_randomize(void);

#endif /* _KSPAN_PARAMS_H */
