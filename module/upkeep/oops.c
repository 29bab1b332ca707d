// SPDX-License-Identifier: GPL-2.0
/*
 * oops: see oops.h. A die notifier, and a probe of the tracepoint that ends each warning of the
 * kernel. They run where the kernel failed, in any context: no locks, no memory, and what they look
 * up is found without either. They print one line, and change nothing.
 *
 * What they cannot see: vfree() of an object at the start of a machine page, which frees the whole
 * segment without a word. The first access to the memory that is gone then fails, and that is told.
 */
#include <linux/compiler.h>
#include <linux/kallsyms.h>
#include <linux/kdebug.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <trace/events/error_report.h>
#include "heap/bounds.h"
#include "upkeep/oops.h"

/* Words of the stack below a warning that are looked at: the registers at the warning are there. */
#define STACK_WORDS	256U

/* The beginnings of the names of functions that fail on a pointer that is not theirs to free. */
static const char *const frees[] = {
	"kfree", "__kfree", "kvfree", "vfree", "__vfree", "__vunmap", "remove_vm_area",
	"find_unlink_vmap_area", "kmem_cache_free", "__kmem_cache_free", "free_large_kmalloc",
	"free_to_", "__slab_free", "slab_free", "ksize", "__ksize", "krealloc", "__do_krealloc",
	"kvrealloc", "vrealloc", "kmalloc_size",
};

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
/* In the order of struct pt_regs. */
static const char *const names[] = {
	"r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si",
	"di",
};
#else
static const char *const names[] = { };
#endif

static const char *name_of(unsigned int i)
{
	return i < ARRAY_SIZE(names) ? names[i] : "";
}

/* Set @text to the name of the function at @ip. Return: whether it frees. */
static bool is_in_free(unsigned long ip, char *text)
{
	unsigned int i;

	sprint_symbol_no_offset(text, ip);
	for (i = 0; i < ARRAY_SIZE(frees); i++)
		if (!strncmp(text, frees[i], strlen(frees[i])))
			return true;
	return false;
}

static bool is_object(unsigned long addr, struct bounds *b)
{
	return bounds_find(addr, b) && b->bytes && b->start == addr;
}

/* Whether kspan has an object there, and the kernel no memory: both look-ups take no lock. */
static bool is_gone(unsigned long addr, struct bounds *b)
{
	return bounds_find(addr, b) && b->bytes && is_vmalloc_addr((void *)addr) &&
	       !vmalloc_to_page((void *)addr);
}

/**
 * oops_look() - look for objects of kspan's where the kernel failed, and tell of the first
 * @ip: the address that failed
 * @words: what was in registers, or on the stack
 * @n: how many
 * @are_registers: they are struct pt_regs, in its order
 *
 * Context: Any.
 * Return: whether it told of one.
 */
bool oops_look(unsigned long ip, const unsigned long *words, unsigned int n, bool are_registers)
{
	char text[KSYM_SYMBOL_LEN];
	bool frees = is_in_free(ip, text);
	unsigned long word;
	struct bounds b;
	unsigned int i;

	for (i = 0; i < n; i++) {
		word = READ_ONCE_NOCHECK(words[i]);
		if (frees && is_object(word, &b)) {
			pr_alert("%s() got a kspan object of %zu bytes%s%s: use kspan_free(), not kfree(), vfree() or the like\n",
				 text, b.bytes, are_registers ? ", in register " : "",
				 are_registers ? name_of(i) : "");
			return true;
		}
		if (is_gone(word, &b)) {
			pr_alert("the memory of a kspan object of %zu bytes%s%s is gone: an object in its segment was given to vfree() or kvfree(), not to kspan_free()\n",
				 b.bytes, are_registers ? ", in register " : "",
				 are_registers ? name_of(i) : "");
			return true;
		}
	}
	return false;
}

static int died(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct die_args *args = data;

	if (event == DIE_OOPS && args->regs && !user_mode(args->regs))
		oops_look(instruction_pointer(args->regs), (const unsigned long *)args->regs,
			  sizeof(*args->regs) / sizeof(long), true);
	return NOTIFY_DONE;
}

static struct notifier_block die_block = { .notifier_call = died };

/* The kernel warned at @ip. Its registers of then are on this stack, unless it has another one. */
static void warned(void *unused, enum error_detector detector, unsigned long ip)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	unsigned long end = (unsigned long)task_stack_page(current) + THREAD_SIZE;
	char text[KSYM_SYMBOL_LEN];

	if (detector != ERROR_DETECTOR_WARN || end - here > THREAD_SIZE || !is_in_free(ip, text))
		return;
	oops_look(ip, (const unsigned long *)here,
		  min_t(unsigned long, STACK_WORDS, (end - here) / sizeof(long)), false);
}

/* Without them kspan works as well. */
void oops_start(void)
{
	register_die_notifier(&die_block);
	register_trace_error_report_end(warned, NULL);
}

void oops_stop(void)
{
	unregister_trace_error_report_end(warned, NULL);
	tracepoint_synchronize_unregister();
	unregister_die_notifier(&die_block);
}
