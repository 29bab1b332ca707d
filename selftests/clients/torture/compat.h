/* SPDX-License-Identifier: GPL-2.0 */
/* All kernel-version differences of kspan_torture. */
#ifndef _KSPAN_TORTURE_COMPAT_H
#define _KSPAN_TORTURE_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#ifdef CONFIG_X86_LOCAL_APIC
#include <asm/apic.h>
#include <asm/nmi.h>

static inline void nmi_send_to(int cpu)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	__apic_send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
#else
	apic->send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
#endif
}
#endif

#endif /* _KSPAN_TORTURE_COMPAT_H */
