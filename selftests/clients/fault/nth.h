/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan_fault: make the nth allocation of this task fail. Apart from fault.h, as kspan_fault_arm is
 * loaded before kspan, and so includes no header of kspan.
 */
#ifndef _KSPAN_FAULT_NTH_H
#define _KSPAN_FAULT_NTH_H

#include <linux/sched.h>

/*
 * The kernel decrements this at each allocation of the task, in the kernel or a module. The
 * allocation that makes it 0 fails.
 */
#ifdef CONFIG_FAULT_INJECTION
static inline void fail_nth_set(unsigned int n)
{
	WRITE_ONCE(current->fail_nth, n);
}

static inline unsigned int fail_nth_left(void)
{
	return READ_ONCE(current->fail_nth);
}
#else
static inline void fail_nth_set(unsigned int n)
{
}

static inline unsigned int fail_nth_left(void)
{
	return 1;
}
#endif

#endif /* _KSPAN_FAULT_NTH_H */
