// SPDX-License-Identifier: GPL-2.0
/*
 * A heap with a limit: a cache that grows to so many bytes, pages of its allocator included, and
 * then forgets what is oldest. It also forgets when the kernel or other users of kspan are short of
 * memory. One call frees all of it in the end.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <kspan/heap.h>

struct entry {
	struct list_head list;
	size_t len;
	char value[];
};

static unsigned int limit_kb = 256;
module_param(limit_kb, uint, 0444);
MODULE_PARM_DESC(limit_kb, "kilobytes that the cache may take");

static unsigned int puts = 2000;
module_param(puts, uint, 0444);
MODULE_PARM_DESC(puts, "how many values to put into it");

static struct kspan_heap *heap;
static DEFINE_MUTEX(lock);	/* guards the list and the counts */
static LIST_HEAD(entries);	/* the oldest first */
static unsigned int nr_entries, nr_forgotten;

static bool forget_oldest(void)
{
	struct entry *entry = list_first_entry_or_null(&entries, struct entry, list);

	if (!entry)
		return false;
	list_del(&entry->list);
	kspan_free(entry);
	nr_entries--;
	nr_forgotten++;
	return true;
}

/*
 * kspan calls this when memory is short. That may be in the middle of an allocation by cache_put(),
 * which holds the lock: so it is only tried.
 */
static void forget_half(struct kspan_heap *heap, void *arg)
{
	if (!mutex_trylock(&lock))
		return;
	for (unsigned int n = nr_entries / 2; n > 0; n--)
		forget_oldest();
	mutex_unlock(&lock);
}

/* At the limit the heap has no memory, which is nothing to log. */
static int cache_put(char byte, size_t len)
{
	struct entry *entry;

	mutex_lock(&lock);
	do {
		entry = kspan_heap_alloc(heap, struct_size(entry, value, len),
					 GFP_KERNEL | __GFP_NOWARN);
	} while (!entry && forget_oldest());
	if (entry) {
		entry->len = len;
		memset(entry->value, byte, len);
		list_add_tail(&entry->list, &entries);
		nr_entries++;
	}
	mutex_unlock(&lock);
	return entry ? 0 : -ENOMEM;
}

static int fill(void)
{
	for (unsigned int i = 0; i < puts; i++) {
		int err = cache_put('a' + i % 26, 100 + i * 37 % 900);

		if (err)
			return err;
	}
	pr_info("%u values put, %u kept, %u forgotten\n", puts, nr_entries, nr_forgotten);
	return 0;
}

/* What is still live at kspan_heap_destroy() is reported as leaked; kspan_heap_reset() frees it. */
static void end(void)
{
	kspan_heap_set_shortage(heap, NULL, NULL);	/* from here on nobody else uses the heap */
	kspan_heap_reset(heap);
	kspan_heap_destroy(heap);
}

static int __init example_init(void)
{
	struct kspan_heap_params params = { .limit = (size_t)limit_kb << 10 };
	int err;

	heap = kspan_heap_create("example cache", &params);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	kspan_heap_set_shortage(heap, forget_half, NULL);
	err = fill();
	if (err)
		end();
	return err;
}
module_init(example_init);

static void __exit example_exit(void)
{
	end();
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a heap with a limit");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
