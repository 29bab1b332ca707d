// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_stuck: __GFP_NOFAIL while there is no memory at all. A process holds some; the client takes
 * the rest, allocates, and waits until the process has ended.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include "stuck.h"

#define HOLD_MS		1000
#define NAP_MS		10
#define GFP_TRY		(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)
#define GFP_LAST	(GFP_ATOMIC | __GFP_NOWARN)

/* Tell the kernel that memory is on its way: it asks again and kills nobody. */
static int more_comes(struct notifier_block *nb, unsigned long unused, void *freed)
{
	++*(unsigned long *)freed;
	return NOTIFY_OK;
}

static struct notifier_block oom_notifier = { .notifier_call = more_comes };

/* End the process after a while. */
static int end_process(void *pid)
{
	msleep(HOLD_MS);
	kill_pid(pid, SIGKILL, 1);
	while (!kthread_should_stop())
		msleep(NAP_MS);
	return 0;
}

static unsigned long take_pages(struct list_head *pages, gfp_t gfp)
{
	struct page *page;
	unsigned long n;

	for (n = 0; (page = alloc_page(gfp)); n++) {
		list_add(&page->lru, pages);
		cond_resched();
	}
	return n;
}

static void free_pages_of(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru)
		__free_page(page);
}

/*
 * Take all memory, also what the heap has, until an object cannot be had any more. Of what the
 * kernel keeps for interrupts it would give some to an allocation that must not fail.
 */
static void use_up(struct list_head *pages, struct held **held, struct kspan_heap *heap,
		   size_t size)
{
	unsigned long n = take_pages(pages, GFP_TRY);
	unsigned int objects = 0;

	while (held_take(held, heap, size, GFP_TRY)) {
		objects++;
		cond_resched();
	}
	n += take_pages(pages, GFP_LAST);
	result_add("pages %lu\nobjects %u\n", n, objects);
}

static void allocate(struct kspan_heap *heap, size_t size, struct pid *pid)
{
	struct task_struct *ender = kthread_create(end_process, pid, "kspan_stuck");
	struct held *held = NULL;
	LIST_HEAD(pages);
	ktime_t start;
	void *p;

	if (IS_ERR(ender))
		return;
	use_up(&pages, &held, heap, size);
	result_add("refused %d\n", !held_take(&held, heap, size, GFP_TRY));
	wake_up_process(ender);
	start = ktime_get();
	p = kspan_heap_alloc(heap, size, GFP_KERNEL | __GFP_NOFAIL);
	result_add("served %d\nwaited_ms %lld\n", !!p, ktime_ms_delta(ktime_get(), start));
	kspan_free(p);
	held_free(&held);
	free_pages_of(&pages);
	kthread_stop(ender);
}

/* An object of @size, on blocks if @what says direct, while the process @count holds memory. */
static int nofail_run(const struct request *r)
{
	struct kspan_heap_params params = {
		.flags = strcmp(r->what, "direct") ? 0 : KSPAN_HEAP_DIRECT,
	};
	struct kspan_heap *heap = kspan_heap_create("stuck nofail", &params);
	struct pid *pid = find_get_pid(r->count);
	int err = PTR_ERR_OR_ZERO(heap);

	if (!err && !pid)
		err = -ESRCH;
	if (!err)
		err = register_oom_notifier(&oom_notifier);
	if (!err) {
		allocate(heap, r->size, pid);
		unregister_oom_notifier(&oom_notifier);
	}
	put_pid(pid);
	if (!IS_ERR(heap))
		kspan_heap_destroy(heap);
	return err;
}

const struct action nofail_actions[] = {
	{ "nofail", nofail_run },
	{ }
};
