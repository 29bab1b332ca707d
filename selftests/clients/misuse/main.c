// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: a client that misuses kspan on request, so that scripts can check the report. Write
 * the name of an action, and a size and a count if the action takes them:
 *
 *	echo double_row >/sys/module/kspan_misuse/parameters/action
 *	insmod kspan_misuse.ko action="leak 64 3"
 *
 * The write fails with EIO if a function returned a wrong value; the script checks the report in
 * the kernel log. Reading the file lists all actions.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include "misuse.h"

static DEFINE_MUTEX(action_lock);	/* one action at a time */

static const struct action *const lists[] = {
	free_actions, alloc_actions, own_actions, memory_actions, core_actions, sampled_actions
};

static const struct action *action_find(const char *name)
{
	const struct action *action;
	int i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		for (action = lists[i]; action->name; action++)
			if (!strcmp(action->name, name))
				return action;
	return NULL;
}

static int action_set(const char *text, const struct kernel_param *unused)
{
	struct request r = { };
	const struct action *action;
	char name[32];
	int err;

	if (sscanf(text, "%31s %zu %u", name, &r.size, &r.count) < 1)
		return -EINVAL;
	action = action_find(name);
	if (!action)
		return -EINVAL;
	mutex_lock(&action_lock);
	err = action->run(&r);
	mutex_unlock(&action_lock);
	return err;
}

static int action_get(char *buffer, const struct kernel_param *unused)
{
	const struct action *action;
	int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		for (action = lists[i]; action->name; action++)
			len += scnprintf(buffer + len, PAGE_SIZE - len, "%s\n", action->name);
	return len;
}

static const struct kernel_param_ops action_ops = {
	.set = action_set,
	.get = action_get,
};

module_param_cb(action, &action_ops, NULL, 0600);
MODULE_PARM_DESC(action, "what to do: a name and, where it takes them, a size and a count");

static int __init kspan_misuse_init(void)
{
	return 0;
}
module_init(kspan_misuse_init);

static void __exit kspan_misuse_exit(void)
{
	release_run(NULL);
	own_close();
}
module_exit(kspan_misuse_exit);

MODULE_DESCRIPTION("Does with kspan on request what no client should do");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
