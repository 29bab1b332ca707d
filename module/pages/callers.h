/* SPDX-License-Identifier: GPL-2.0 */
/*
 * callers: who called kspan, for reports. No locks.
 */
#ifndef _KSPAN_CALLERS_H
#define _KSPAN_CALLERS_H

#include <linux/types.h>

/* In place of a caller: it could not be found; or it called kspan_free_rcu() a while ago. */
#define CALLER_UNKNOWN	0UL
#define CALLER_RCU	1UL

unsigned long callers_find(unsigned long caller);
const char *callers_text(unsigned long caller, char *text, size_t len);
const char *callers_by(unsigned long caller, char *text, size_t len);

#endif /* _KSPAN_CALLERS_H */
