/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_fault: the page faults of guarded objects. No locks.
 */
#ifndef _KSPAN_GUARD_FAULT_H
#define _KSPAN_GUARD_FAULT_H

void guard_fault_start(void);
void guard_fault_stop(void);

#endif /* _KSPAN_GUARD_FAULT_H */
