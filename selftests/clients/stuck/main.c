// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: a client that calls kspan where a caller must not wait for ever: in a shrinker, in a
 * callback of CPU hotplug, in interrupts while memory is given back, at the limit of a heap, while
 * there is no memory. Write the name of an action, and what it takes:
 *
 *	echo "reclaim trim" >/sys/module/kspan_stuck/parameters/action
 *	echo "served - 40000 60" >/sys/module/kspan_stuck/parameters/action
 *	cat /sys/module/kspan_stuck/parameters/result
 *
 * The write fails if the action could not be tried; what came of it is in "result", as lines "name
 * value".
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "stuck.h"

static DEFINE_MUTEX(action_lock);	/* one action at a time */
static char result[PAGE_SIZE];		/* action_lock */
static size_t result_len;		/* action_lock */

static const struct action *const lists[] = {
	reclaim_actions, hotplug_actions, atomic_actions, limit_actions, irqs_off_actions,
	spin_actions, nofail_actions
};

void result_begin(void)
{
	result_len = 0;
	result[0] = '\0';
}

/* Add to what "result" shows: whole lines. */
void result_add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	result_len += vscnprintf(result + result_len, sizeof(result) - result_len, format, args);
	va_end(args);
}

/* Return: false if there is no memory for one more. */
bool held_take(struct held **list, struct kspan_heap *heap, size_t size, gfp_t gfp)
{
	struct held *h = kspan_heap_alloc(heap, size, gfp | __GFP_NOWARN);

	if (!h)
		return false;
	h->next = *list;
	*list = h;
	return true;
}

void held_free(struct held **list)
{
	struct held *h;

	while (*list) {
		h = *list;
		*list = h->next;
		kspan_free(h);
	}
}

/*
 * Free all, of each @stride objects one at last: the caches then hold objects of all pages that
 * have more objects than that.
 */
void held_free_spread(struct held **list, unsigned int stride)
{
	struct held *h, *rest = NULL;
	unsigned int i = 0;

	while (*list) {
		h = *list;
		*list = h->next;
		if (++i % stride) {
			kspan_free(h);
			continue;
		}
		h->next = rest;
		rest = h;
		cond_resched();
	}
	held_free(&rest);
}

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
	char name[16];
	int err;

	if (sscanf(text, "%15s %15s %zu %u", name, r.what, &r.size, &r.count) < 1)
		return -EINVAL;
	action = action_find(name);
	if (!action)
		return -EINVAL;
	mutex_lock(&action_lock);
	result_begin();
	err = action->run(&r);
	mutex_unlock(&action_lock);
	return err;
}

static const struct kernel_param_ops action_ops = {
	.set = action_set,
};

static int result_get(char *buffer, const struct kernel_param *unused)
{
	int len;

	mutex_lock(&action_lock);
	len = scnprintf(buffer, PAGE_SIZE, "%s", result);
	mutex_unlock(&action_lock);
	return len;
}

static const struct kernel_param_ops result_ops = {
	.get = result_get,
};

module_param_cb(action, &action_ops, NULL, 0200);
MODULE_PARM_DESC(action, "what to do: a name, an operation, a size and a count");
module_param_cb(result, &result_ops, NULL, 0400);
MODULE_PARM_DESC(result, "what came of the last action");

static int __init kspan_stuck_init(void)
{
	return reclaim_start();
}
module_init(kspan_stuck_init);

/* An action that is stuck is waited for. */
static void __exit kspan_stuck_exit(void)
{
	mutex_lock(&action_lock);
	reclaim_stop();
	hotplug_stop();
	limit_stop();
	operations_end();
	mutex_unlock(&action_lock);
}
module_exit(kspan_stuck_exit);

MODULE_DESCRIPTION("Calls kspan where a caller must not wait for ever");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
