/* SPDX-License-Identifier: GPL-2.0 */
/*
 * callers: who called kspan, for reports. No locks.
 */
#ifndef _KSPAN_CALLERS_H
#define _KSPAN_CALLERS_H

unsigned long callers_find(unsigned long caller);

#endif /* _KSPAN_CALLERS_H */
