// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_fault_arm: in each call of a function of kspan, makes the nth allocation fail that the
 * function or its callees make. The function is "init", which loads kspan, or, on a kernel with
 * kprobes, any other. This module is loaded before kspan and does not link with it:
 *
 *	echo "init 7" >/sys/module/kspan_fault_arm/parameters/arm
 *	insmod kspan.ko
 *	cat /sys/module/kspan_fault_arm/parameters/left		# 0: there was a seventh
 *
 * An empty line disarms. Until the function is called, left keeps the value that was written.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/string.h>
#include "nth.h"

#define INIT	"kspan:init"

static DEFINE_MUTEX(arm_lock);		/* guards all but left */
static char function[KSYM_NAME_LEN];	/* with "kspan:" before it; empty: disarmed */
static unsigned int nth, left;
static bool registered, kspan_there;
static int (*kspan_init)(void);		/* while its module has ours instead */

module_param(left, uint, 0444);
MODULE_PARM_DESC(left, "how many allocations short of the one to fail the function was; 0: it failed");

static int init_with_fault(void)
{
	int err;

	fail_nth_set(nth);
	err = kspan_init();
	WRITE_ONCE(left, fail_nth_left());
	fail_nth_set(0);
	return err;
}

static int entered(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	fail_nth_set(nth);
	return 0;
}

static int returned(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	WRITE_ONCE(left, fail_nth_left());
	fail_nth_set(0);
	return 0;
}

static struct kretprobe probe;

static int probe_register(void)
{
	int err;

	if (!strcmp(function, INIT))
		return 0;
	memset(&probe, 0, sizeof(probe));
	probe.handler = returned;
	probe.entry_handler = entered;
	probe.kp.symbol_name = function;
	err = register_kretprobe(&probe);
	registered = !err;
	return err;
}

static void probe_unregister(void)
{
	if (registered)
		unregister_kretprobe(&probe);
	registered = false;
}

static int arm_set(const char *text, const struct kernel_param *unused)
{
	char name[sizeof(function) - 6];
	unsigned int n;
	int err = 0;

	mutex_lock(&arm_lock);
	probe_unregister();
	function[0] = '\0';
	if (sscanf(text, "%121s %u", name, &n) == 2) {
		nth = n;
		left = n;
		snprintf(function, sizeof(function), "kspan:%s", name);
		if (kspan_there)
			err = probe_register();
	}
	mutex_unlock(&arm_lock);
	return err;
}

static const struct kernel_param_ops arm_ops = {
	.set = arm_set,
};

module_param_cb(arm, &arm_ops, NULL, 0200);
MODULE_PARM_DESC(arm, "a function of kspan and which of its allocations is to fail, from 1 on");

/* COMING: the function exists and was not called yet. */
static int module_changes(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *module = data;

	if (strcmp(module->name, "kspan"))
		return NOTIFY_DONE;
	mutex_lock(&arm_lock);
	if (state == MODULE_STATE_COMING) {
		kspan_there = true;
		if (!strcmp(function, INIT)) {
			kspan_init = module->init;
			module->init = init_with_fault;
		} else if (function[0] && probe_register()) {
			pr_err("kspan_fault_arm: no function %s\n", function);
		}
	} else if (state == MODULE_STATE_GOING) {
		kspan_there = false;
		probe_unregister();
	}
	mutex_unlock(&arm_lock);
	return NOTIFY_DONE;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_changes,
	.priority = INT_MIN,	/* runs after the notifier of kprobes */
};

static int __init kspan_fault_arm_init(void)
{
	return IS_ENABLED(CONFIG_FAULT_INJECTION) ? register_module_notifier(&module_notifier) :
						    -EOPNOTSUPP;
}
module_init(kspan_fault_arm_init);

static void __exit kspan_fault_arm_exit(void)
{
	unregister_module_notifier(&module_notifier);
	probe_unregister();
}
module_exit(kspan_fault_arm_exit);

MODULE_DESCRIPTION("Lets an allocation inside a function of kspan fail");
MODULE_LICENSE("GPL");
