// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: objects of kspan's that the core kernel gets: to free them, which kills the task,
 * and to copy them to user space.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <kspan/heap.h>
#include <kspan/usercopy.h>
#include "misuse.h"

/* What a thread frees, and how. */
static struct {
	void (*free)(const void *p);
	const void *p;
	struct completion done;
} victim;

static int victim_thread(void *unused)
{
	victim.free(victim.p);
	complete(&victim.done);
	return 0;
}

/* In a task of its own, which may die of it: then nothing completes. */
static int free_in_thread(void (*free)(const void *p), const void *p)
{
	struct task_struct *task;

	victim.free = free;
	victim.p = p;
	init_completion(&victim.done);
	task = kthread_run(victim_thread, NULL, "kspan_victim");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wait_for_completion_timeout(&victim.done, 2 * HZ);
	return 0;
}

static int core_kfree_run(const struct request *r)
{
	void *p = kspan_alloc(r->size ?: 64, GFP_KERNEL);
	int err = p ? free_in_thread(kfree, p) : -ENOMEM;

	kspan_free(p);
	return err;
}

/* Not at the start of a page: the kernel warns, and frees nothing. */
static int core_vfree_run(const struct request *r)
{
	void *p = kspan_alloc(48, GFP_KERNEL), *q = kspan_alloc(48, GFP_KERNEL);
	void *inside = PAGE_ALIGNED(p) ? q : p;
	int err = p && q ? free_in_thread(r->size ? kvfree : vfree, inside) : -ENOMEM;

	kspan_free(p);
	kspan_free(q);
	return err;
}

/* From the direct map: the kernel takes it for a page of its own. kspan has a reference more. */
static int core_kfree_direct_run(const struct request *r)
{
	const struct kspan_heap_params params = { .flags = KSPAN_HEAP_DIRECT };
	struct kspan_heap *heap = kspan_heap_create("misuse direct", &params);
	void *p;
	int err;

	if (IS_ERR(heap))
		return PTR_ERR(heap);
	p = kspan_heap_alloc(heap, 64, GFP_KERNEL);
	err = p ? free_in_thread(kfree, p) : -ENOMEM;
	kspan_free(p);
	kspan_heap_destroy(heap);
	kspan_trim();
	return err;
}

/* One byte more than the object has, or @count, to the memory of the task that asked for it. */
static int copy_over_run(const struct request *r)
{
	void *p = kspan_zalloc(r->size ?: 64, GFP_KERNEL);
	unsigned long n = kspan_size(p), mapped = PAGE_ALIGN(n + (r->count ?: 1));
	unsigned long at = vm_mmap(NULL, 0, mapped, PROT_READ | PROT_WRITE,
				   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	char __user *user = (char __user *)at;
	int err = 0;

	if (IS_ERR_VALUE(at) || !p)
		return -ENOMEM;
	if (kspan_copy_to_user(user, p, n) || kspan_copy_from_user(p, user, n))
		err = -EFAULT;
	n += r->count ?: 1;
	OPTIMIZER_HIDE_VAR(p);
	if (kspan_copy_to_user(user, p, n) != n || kspan_copy_from_user(p, user, n) != n)
		err = -EIO;
	vm_munmap(at, mapped);
	kspan_free(p);
	return err;
}

const struct action core_actions[] = {
	{ "core_kfree", core_kfree_run },
	{ "core_vfree", core_vfree_run },
	{ "core_kfree_direct", core_kfree_direct_run },
	{ "copy_over", copy_over_run },
	{ }
};
