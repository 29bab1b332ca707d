// SPDX-License-Identifier: GPL-2.0
/*
 * guard_fault: see guard_fault.h. A kprobe stands where the kernel is about to die of a page fault
 * in the kernel. If the fault is of a guarded object, it is reported, the page gets its access
 * back, and the function that would die returns at once: then the access is tried again.
 *
 * Without the probe such a fault is an oops, which kills the task.
 */
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include "heap/guard.h"
#include "upkeep/guard_fault.h"

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML) && defined(CONFIG_KPROBES)
#include <asm/trap_pf.h>

static bool tried, probed;

/* What page_fault_oops() becomes. */
static noinline notrace void return_at_once(void)
{
	barrier();
}

NOKPROBE_SYMBOL(return_at_once);

/* page_fault_oops(regs, error_code, address) */
static int faulted(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned long code = regs->si, addr = regs->dx;

	if (code & (X86_PF_PROT | X86_PF_USER) || !guard_fault(addr, code & X86_PF_WRITE))
		return 0;
	instruction_pointer_set(regs, (unsigned long)return_at_once);
	return 1;
}

NOKPROBE_SYMBOL(faulted);

/* With this the kernel lets the other handler change where to go on. */
static void after(struct kprobe *kp, struct pt_regs *regs, unsigned long flags) { }

static struct kprobe probe = {
	.symbol_name = "page_fault_oops",
	.pre_handler = faulted,
	.post_handler = after,
};

/* Tried once. Not twice at a time. */
void guard_fault_start(void)
{
	int err;

	if (tried)
		return;
	tried = true;
	err = register_kprobe(&probe);
	if (err)
		pr_warn("guarded objects: no probe can be set (error %d), so a fault is an oops\n",
			err);
	probed = !err;
}

void guard_fault_stop(void)
{
	if (probed)
		unregister_kprobe(&probe);
}
#else
void guard_fault_start(void) { }
void guard_fault_stop(void) { }
#endif
