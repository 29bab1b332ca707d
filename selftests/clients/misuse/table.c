// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_misuse: the table of misuse, which tests/misuse_table.sh prints. Write to the parameter
 * "table" which allocator to misuse, the mode it is in, and how many cases to leave out:
 *
 *	echo kspan debug >/sys/module/kspan_misuse/parameters/table
 *	echo kspan guard >/sys/module/kspan_misuse/parameters/table
 *	echo kmalloc all 17 >/sys/module/kspan_misuse/parameters/table
 *
 * All cases run, one after the other, each in a thread of its own, which may die of it. The kernel
 * log tells what happens: where a case begins, where it acts wrongly, and what harm was seen at its
 * end. With "guard" the victims are sampled guard objects, of kspan's or of KFENCE. "core" runs
 * those in which the kernel's own functions fail.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kfence.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "misuse.h"
#include "table.h"

#define PATIENCE	(20 * HZ)	/* a case that has not ended then will not */
#define EACH_MS		70		/* kspan tells of 100 misuses in 5 s */

static DEFINE_MUTEX(table_lock);	/* one table at a time */
static unsigned int each_ms;		/* that a case takes at least; table_lock */

/* ---- the two allocators ---- */

struct rcu_object {
	struct rcu_head rcu;
};

static void *of_kspan(struct table *t, size_t size, gfp_t gfp)
{
	return t->heap ? kspan_heap_alloc(t->heap, size, gfp) : kspan_alloc(size, gfp);
}

static void kspan_rcu(void *p)
{
	kspan_free_rcu((struct rcu_object *)p, rcu);
}

static void *foreign_kmalloc(void)
{
	return kzalloc(SMALL, GFP_KERNEL);
}

static bool readable(unsigned long addr)
{
	u8 byte;

	return !get_kernel_nofault(byte, (u8 *)addr);
}

/* A guarded one lies alone between pages without access. */
static bool is_guarded(const void *p, size_t size)
{
	return !readable(PAGE_ALIGN_DOWN((unsigned long)p) - 1) &&
	       !readable(PAGE_ALIGN((unsigned long)p + size));
}

/* Twice: what goes back to its span the second time may have been there already. */
static void settle_kspan(void)
{
	kspan_trim();
	kspan_trim();
}

const struct allocator table_kspan = {
	.name = "kspan",
	.alloc = of_kspan,
	.free = kspan_free,
	.free_sized = kspan_free_sized,
	.free_sensitive = kspan_free_sensitive,
	.free_bulk = kspan_free_bulk,
	.free_rcu = kspan_rcu,
	.rcu_wait = kspan_rcu_barrier,
	.realloc = kspan_realloc,
	.size = kspan_size,
	.foreign = foreign_kmalloc,
	.foreign_free = kfree,
	.guarded = is_guarded,
	.guarded_bytes = 65536,
	.settle = settle_kspan,
};

static void *of_kmalloc(struct table *t, size_t size, gfp_t gfp)
{
	OPTIMIZER_HIDE_VAR(size);
	return kmalloc(size, gfp);
}

static void free_kmalloc_bulk(unsigned int n, void **objs)
{
	kfree_bulk(n, objs);
}

static void kmalloc_rcu(void *p)
{
	kfree_rcu((struct rcu_object *)p, rcu);
}

/* The kernel frees such objects when some seconds have passed. */
static void wait_kmalloc_rcu(void)
{
	msleep(6000);
	rcu_barrier();
}

static void *realloc_kmalloc(const void *p, size_t size, gfp_t gfp)
{
	return krealloc(p, size, gfp);
}

static size_t size_kmalloc(const void *p)
{
	return ksize(p);
}

static void *foreign_kspan(void)
{
	return kspan_zalloc(SMALL, GFP_KERNEL);
}

static bool is_of_kfence(const void *p, size_t size)
{
	return is_kfence_address(p);
}

static void settle_kmalloc(void)
{
}

const struct allocator table_kmalloc = {
	.name = "kmalloc",
	.alloc = of_kmalloc,
	.free = kfree,
	.free_sensitive = kfree_sensitive,
	.free_bulk = free_kmalloc_bulk,
	.free_rcu = kmalloc_rcu,
	.rcu_wait = wait_kmalloc_rcu,
	.realloc = realloc_kmalloc,
	.size = size_kmalloc,
	.foreign = foreign_kspan,
	.foreign_free = kspan_free,
	.guarded = is_of_kfence,
	.guarded_bytes = PAGE_SIZE,
	.settle = settle_kmalloc,
};

/* ---- running a case ---- */

/* In memory of its own, which stays if the thread dies. */
struct job {
	struct table table;
	struct mm_struct *mm;
	struct completion done;
};

static int job_thread(void *arg)
{
	struct job *job = arg;
	struct table *t = &job->table;

	kthread_use_mm(job->mm);
	t->c->run(t);
	table_close(t);
	t->a->settle();
	kthread_unuse_mm(job->mm);
	complete(&job->done);
	return 0;
}

/* Return: whether the thread comes to its end. */
static bool ends(struct job *job, struct task_struct *task)
{
	unsigned long end = jiffies + PATIENCE;
	bool dead = false;

	get_task_struct(task);
	wake_up_process(task);
	while (!dead && time_before(jiffies, end)) {
		dead = READ_ONCE(task->exit_state);
		if (wait_for_completion_timeout(&job->done, HZ / 10)) {
			put_task_struct(task);
			return true;
		}
	}
	put_task_struct(task);
	return false;
}

static void tell_end(const struct table *t)
{
	static const char * const names[] = { HARM_NAMES };
	char text[80] = "";
	unsigned int i;

	if (t->no_way) {
		pr_info(KBUILD_MODNAME ": table: not run: %s\n", t->no_way);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (t->harm & (1 << i)) {
			strlcat(text, " ", sizeof(text));
			strlcat(text, names[i], sizeof(text));
		}
	pr_info(KBUILD_MODNAME ": table: ended%s\n", text);
}

static u64 live_objects(void)
{
	struct kspan_stats stats;

	kspan_get_stats(&stats);
	return stats.allocs - stats.frees == stats.live_objects ? stats.live_objects : U64_MAX;
}

/* Return: -ESTALE if the kernel's allocator is not to be relied on any more. */
static int run_case(const struct table_case *c, const struct allocator *a, bool guard)
{
	struct job *job = kzalloc(sizeof(*job), GFP_KERNEL);
	unsigned long end = jiffies + msecs_to_jiffies(each_ms);
	u64 live = live_objects();
	struct task_struct *task;

	if (!job)
		return -ENOMEM;
	job->table = (struct table){ .c = c, .a = a, .guard = guard };
	job->mm = current->mm;
	mmget(job->mm);
	init_completion(&job->done);
	pr_info(KBUILD_MODNAME ": table: case %s: %s\n", a->name, c->name);
	task = kthread_create(job_thread, job, "kspan_table");
	if (IS_ERR(task)) {
		mmput(job->mm);
		kfree(job);
		return PTR_ERR(task);
	}
	if (!ends(job, task)) {
		pr_info(KBUILD_MODNAME ": table: died\n");
		return a == &table_kspan ? 0 : -ESTALE;
	}
	if (live_objects() != live)
		job->table.harm |= HARM_BOOKS;
	tell_end(&job->table);
	mmput(job->mm);
	if (a != &table_kspan && (job->table.harm & HARM_TWICE))
		return -ESTALE;
	kfree(job);
	if (time_before(jiffies, end))
		msleep(jiffies_to_msecs(end - jiffies));
	return 0;
}

static const struct table_case *const lists[] = {
	table_frees, table_accesses, table_owners, table_calls
};

static void tell_no_call(const struct table_case *c, const struct allocator *a)
{
	pr_info(KBUILD_MODNAME ": table: case %s: %s\n", a->name, c->name);
	pr_info(KBUILD_MODNAME ": table: no such call\n");
}

static int run_list(const struct table_case *c, const struct allocator *a, bool guard,
		    unsigned int *skip)
{
	int err = 0;

	for (; c->name && !err; c++)
		if (*skip)
			--*skip;
		else if ((c->flags & CASE_KSPAN) && a != &table_kspan)
			tell_no_call(c, a);
		else
			err = run_case(c, a, guard);
	return err;
}

static int table_set(const char *text, const struct kernel_param *unused)
{
	const struct allocator *a = &table_kspan;
	char name[16] = "", how[16] = "";
	unsigned int i, skip = 0;
	int err = 0;

	if (sscanf(text, "%15s %15s %u", name, how, &skip) < 1)
		return -EINVAL;
	if (!strcmp(name, "kmalloc"))
		a = &table_kmalloc;
	else if (strcmp(name, "kspan"))
		return -EINVAL;
	mutex_lock(&table_lock);
	/* In this mode they are fewer than 100 in all. */
	each_ms = strcmp(how, "default") ? EACH_MS : 0;
	if (!strcmp(how, "core"))
		err = run_list(table_core, a, false, &skip);
	for (i = 0; i < ARRAY_SIZE(lists) && strcmp(how, "core") && !err; i++)
		err = run_list(lists[i], a, !strcmp(how, "guard"), &skip);
	mutex_unlock(&table_lock);
	return err;
}

static const struct kernel_param_ops table_ops = {
	.set = table_set,
};

module_param_cb(table, &table_ops, NULL, 0200);
MODULE_PARM_DESC(table, "an allocator, kspan or kmalloc, whose misuse the kernel log is to tell of");
