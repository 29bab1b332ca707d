// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_api_string: text that is printed, memory of user space, and literals.
 */
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <kspan/string.h>
#include "api_fixture.h"

#define USER_BYTES	PAGE_SIZE

/* Of the task that loads this module: a test runs in a kernel thread, which has no user space. */
static struct mm_struct *user_mm;
static unsigned long user_addr;

/* Nothing lies behind it. */
static int map_user(struct kunit_suite *suite)
{
	user_addr = vm_mmap(NULL, 0, USER_BYTES + PAGE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (IS_ERR_VALUE(user_addr))
		return -ENOMEM;
	vm_munmap(user_addr + USER_BYTES, PAGE_SIZE);
	user_mm = get_task_mm(current);
	return user_mm ? 0 : -EINVAL;
}

static void unmap_user(struct kunit_suite *suite)
{
	vm_munmap(user_addr, USER_BYTES);
	mmput(user_mm);
	test_trim(suite);
}

static void *user_copy(struct kunit *test, size_t len)
{
	void __user *user = (void __user *)user_addr;
	void *p;

	kthread_use_mm(user_mm);
	KUNIT_EXPECT_EQ(test, copy_to_user(user, "from user space", 16), 0UL);
	p = kspan_memdup_user(user, len);
	kthread_unuse_mm(user_mm);
	return p;
}

static void text_of_each_length(struct kunit *test)
{
	for (int len = 0; len < 300; len += 7) {
		char *s = kspan_asprintf(GFP_KERNEL, "%*d", len, 5);

		KUNIT_ASSERT_NOT_NULL(test, s);
		KUNIT_EXPECT_EQ(test, strlen(s), (size_t)max(len, 1));
		KUNIT_EXPECT_EQ(test, s[strlen(s) - 1], '5');
		KUNIT_EXPECT_GT(test, kspan_size(s), strlen(s));
		kspan_free(s);
	}
}

static void text_of_a_heap(struct kunit *test)
{
	struct kspan_heap *heap = kspan_heap_create("kunit strings", NULL);
	char *s;

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	s = kspan_heap_asprintf(heap, GFP_KERNEL, "%s %d", "text", 7);
	KUNIT_EXPECT_STREQ(test, s, "text 7");
	KUNIT_EXPECT_PTR_EQ(test, heap_root_of(test_span_of(s)), heap);
	kspan_heap_set_limit(heap, 1);
	KUNIT_EXPECT_NULL(test, kspan_heap_asprintf(heap, GFP_KERNEL | __GFP_NOWARN, "%999d", 7));
	kspan_free(s);
	kspan_heap_destroy(heap);
}

static void memory_of_user_space(struct kunit *test)
{
	char *p = user_copy(test, 16);

	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(p));
	KUNIT_EXPECT_STREQ(test, p, "from user space");
	kspan_free(p);
	p = user_copy(test, 0);
	KUNIT_EXPECT_PTR_EQ(test, p, (char *)ZERO_SIZE_PTR);
}

/* Not even an allocation failure is logged: user space may ask for any size. */
static void what_user_space_has_not(struct kunit *test)
{
	void __user *bad = (void __user *)(user_addr + USER_BYTES - 8);

	kthread_use_mm(user_mm);
	KUNIT_EXPECT_PTR_EQ(test, kspan_memdup_user(bad, 16), ERR_PTR(-EFAULT));
	KUNIT_EXPECT_PTR_EQ(test, kspan_memdup_user((void __user *)TASK_SIZE, 16),
			    ERR_PTR(-EFAULT));
	kthread_unuse_mm(user_mm);
	KUNIT_EXPECT_PTR_EQ(test, kspan_vmemdup_user(bad, SIZE_MAX / 2), ERR_PTR(-ENOMEM));
}

static void literals_are_not_copied(struct kunit *test)
{
	static const char literal[] = "literal";
	char variable[] = "variable";
	const char *s = kspan_strdup_const("literal", GFP_KERNEL);

	KUNIT_EXPECT_FALSE(test, kspan_owns(s));
	KUNIT_EXPECT_STREQ(test, s, literal);
	kspan_free_const(s);
	s = kspan_strdup_const(variable, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, kspan_owns(s));
	KUNIT_EXPECT_STREQ(test, s, variable);
	kspan_free_const(s);
	kspan_free_const(NULL);
	KUNIT_EXPECT_NULL(test, kspan_strdup_const((char *)test_hidden(0), GFP_KERNEL));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(text_of_each_length),
	KUNIT_CASE(text_of_a_heap),
	KUNIT_CASE(memory_of_user_space),
	KUNIT_CASE(what_user_space_has_not),
	KUNIT_CASE(literals_are_not_copied),
	{ }
};

static struct kunit_suite suite = {
	.name = "kspan_api_string",
	.init = api_test_init,
	.exit = api_test_exit,
	.suite_init = map_user,
	.suite_exit = unmap_user,
	.test_cases = cases,
};

kunit_test_suite(suite);
