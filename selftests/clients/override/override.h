/* SPDX-License-Identifier: GPL-2.0 */
/* kspan_override: shared declarations. Each test_*() counts failed checks in failures. */
#ifndef _KSPAN_OVERRIDE_H
#define _KSPAN_OVERRIDE_H

#include <linux/types.h>

extern unsigned int checks, failures;

void check_failed(const char *what, const char *file, int line);

#define CHECK(condition)						\
do {									\
	checks++;							\
	if (!(condition))						\
		check_failed(#condition, __FILE__, __LINE__);		\
} while (0)

void test_allocs(void);
void test_frees(void);
void test_sizes(void);
void test_off(void);
void test_requests(void);
void test_usercopy(void);
void test_vmalloc(void);
void free_twice(void);

#endif /* _KSPAN_OVERRIDE_H */
