// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_nodes: allocates and frees on chosen CPUs, and tells how many objects are on the memory
 * node of the CPU that allocated them:
 *
 *	echo "take 1 64 16" >/sys/module/kspan_nodes/parameters/action
 *
 * Actions:
 *	take CPU SIZE MEGABYTES		the CPU allocates so much in objects of that size
 *	give CPU			the CPU frees all objects
 * Reading tells what the last "take" got, as lines "name value".
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <kspan/kspan.h>

#define MAX_OBJECTS	1000000UL

static DEFINE_MUTEX(action_lock);	/* guards all below */
static void **objs;
static unsigned long nr_objs;
static char result[100];

struct taking {
	size_t size;
	unsigned long wanted;
	unsigned long local;
};

static int node_of(const void *p)
{
	return page_to_nid(is_vmalloc_addr(p) ? vmalloc_to_page(p) : virt_to_page(p));
}

/* Whether each page that the object touches is on the node. */
static bool is_on(const void *p, size_t size, int node)
{
	const void *end = p + size;

	for (; p < end; p = PTR_ALIGN_DOWN(p, PAGE_SIZE) + PAGE_SIZE)
		if (node_of(p) != node)
			return false;
	return true;
}

static long take_here(void *data)
{
	struct taking *t = data;
	int node = numa_mem_id();
	void *p;

	while (t->wanted--) {
		p = kspan_alloc(t->size, GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		objs[nr_objs++] = p;
		t->local += is_on(p, t->size, node);
		cond_resched();
	}
	return node;
}

static long give_here(void *unused)
{
	while (nr_objs) {
		kspan_free(objs[--nr_objs]);
		cond_resched();
	}
	return 0;
}

static int take(unsigned int cpu, size_t size, unsigned long megabytes)
{
	struct taking t = { .size = size, .wanted = (megabytes << 20) / max_t(size_t, size, 1) };
	unsigned long before = nr_objs;
	long node;

	if (!t.wanted || t.wanted > MAX_OBJECTS - nr_objs)
		return -EINVAL;
	node = work_on_cpu(cpu, take_here, &t);
	if (node < 0)
		return node;
	scnprintf(result, sizeof(result), "node %ld\nobjects %lu\nlocal %lu", node,
		  nr_objs - before, t.local);
	return 0;
}

static int action_set(const char *text, const struct kernel_param *unused)
{
	unsigned long megabytes = 0;
	size_t size = 0;
	unsigned int cpu;
	char name[8];
	int err = -EINVAL;

	if (sscanf(text, "%7s %u %zu %lu", name, &cpu, &size, &megabytes) < 2 ||
	    cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -EINVAL;
	mutex_lock(&action_lock);
	if (!strcmp(name, "take"))
		err = take(cpu, size, megabytes);
	else if (!strcmp(name, "give"))
		err = work_on_cpu(cpu, give_here, NULL);
	mutex_unlock(&action_lock);
	return err;
}

static int action_get(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%s\n", result);
}

static const struct kernel_param_ops action_ops = {
	.set = action_set,
	.get = action_get,
};

module_param_cb(action, &action_ops, NULL, 0600);
MODULE_PARM_DESC(action, "an allocation or a free on a CPU; see the source");

static int __init kspan_nodes_init(void)
{
	objs = vzalloc(array_size(MAX_OBJECTS, sizeof(*objs)));
	return objs ? 0 : -ENOMEM;
}
module_init(kspan_nodes_init);

static void __exit kspan_nodes_exit(void)
{
	give_here(NULL);
	vfree(objs);
}
module_exit(kspan_nodes_exit);

MODULE_DESCRIPTION("Tells which memory node objects are on");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
