// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: NMI context on x86. A module may send an NMI through the local APIC and have a
 * handler for it; one is under way to a CPU at a time, so the handler knows which ones are ours.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/percpu.h>
#include "compat.h"
#include "torture.h"

static DEFINE_PER_CPU(atomic_t, under_way);
static DEFINE_PER_CPU(bool, accepts);
static void (*run)(void);

static int nmi_arrived(unsigned int type, struct pt_regs *regs)
{
	if (!atomic_read(this_cpu_ptr(&under_way)))
		return NMI_DONE;
	run();
	atomic_set_release(this_cpu_ptr(&under_way), 0);
	return NMI_HANDLED;
}

/* Return: 0, -ENODEV if nothing can send one, or another error. */
int nmi_start(void (*handler)(void))
{
	if (!boot_cpu_has(X86_FEATURE_APIC))
		return -ENODEV;
	run = handler;
	return register_nmi_handler(NMI_LOCAL, nmi_arrived, 0, "kspan_torture");
}

/* Nobody sends any more. An NMI that came after this would be one that the kernel does not know. */
void nmi_stop(void)
{
	int cpu, tries;

	for_each_online_cpu(cpu)
		for (tries = 0; tries < 50 && atomic_read(per_cpu_ptr(&under_way, cpu)); tries++)
			msleep(20);
	unregister_nmi_handler(NMI_LOCAL, "kspan_torture");
}

/* Nobody has sent one since nmi_cpu_down(): what was under way then was lost. */
void nmi_cpu_up(int cpu)
{
	atomic_set(per_cpu_ptr(&under_way, cpu), 0);
	/* pairs with the acquire in nmi_send() */
	smp_store_release(per_cpu_ptr(&accepts, cpu), true);
}

/* The CPU goes off-line only after all handlers of interrupts have ended that may not know yet. */
void nmi_cpu_down(int cpu)
{
	WRITE_ONCE(*per_cpu_ptr(&accepts, cpu), false);
}

void nmi_send(int cpu)
{
	if (!cpu_online(cpu))
		return;
	/* pairs with the release in nmi_cpu_up() */
	if (!smp_load_acquire(per_cpu_ptr(&accepts, cpu)))
		return;
	if (!atomic_cmpxchg(per_cpu_ptr(&under_way, cpu), 0, 1))
		nmi_send_to(cpu);
}
