// SPDX-License-Identifier: GPL-2.0
/*
 * For the suites that call kspan.h's functions; see api_fixture.h.
 */
#include <linux/rcupdate.h>
#include "api_fixture.h"

const size_t api_sizes[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 96, 128, 200,
	255, 256, 257, 512, 720, 1000, 1023, 1024, 1025, 1152, 1500, 2048, 3000, 4095, 4096,
	4097, 6528, 8191, 8192, 8193, 10000, 16384, 20000, 28672, 32767, 32768, 32769, 40960, 65536,
	100000, 131072, 262144, 1048576, 1048577, 0
};

unsigned long api_live_objects(void)
{
	struct kspan_stats st;

	kspan_get_stats(&st);
	return st.live_objects;
}

int api_test_init(struct kunit *test)
{
	test->priv = (void *)api_live_objects();
	return 0;
}

void api_test_exit(struct kunit *test)
{
	kspan_rcu_barrier();
	KUNIT_EXPECT_EQ(test, api_live_objects(), (unsigned long)test->priv);
}
