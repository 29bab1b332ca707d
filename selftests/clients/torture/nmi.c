// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_torture: NMI context on x86. A module may send an NMI through the local APIC and register a
 * handler for it. At most one is pending for a CPU, so the handler can tell ours from others.
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

/* No CPU sends NMIs any more. The kernel would report one that arrives later as unknown. */
void nmi_stop(void)
{
	int cpu, tries;

	for_each_online_cpu(cpu)
		for (tries = 0; tries < 3000 && atomic_read(per_cpu_ptr(&under_way, cpu)); tries++)
			msleep(20);
	unregister_nmi_handler(NMI_LOCAL, "kspan_torture");
}

/* No CPU sent one since nmi_cpu_down(); an NMI that was pending then is lost. */
void nmi_cpu_up(int cpu)
{
	atomic_set(per_cpu_ptr(&under_way, cpu), 0);
	/* pairs with the acquire in nmi_send() */
	smp_store_release(per_cpu_ptr(&accepts, cpu), true);
}

/* The CPU goes offline only after all interrupt handlers that may have missed this have ended. */
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
