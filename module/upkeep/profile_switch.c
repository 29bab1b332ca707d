// SPDX-License-Identifier: GPL-2.0
/*
 * profile_switch: see profile_switch.h. Meanwhile allocations take either way, which is right.
 */
#include "base/params.h"
#include "heap/alloc.h"
#include "heap/heaps.h"
#include "heap/profile.h"
#include "upkeep/profile_switch.h"

/**
 * profile_obey() - begin to sample, go on with another distance, or end
 *
 * Context: Process context; the worker.
 */
void profile_obey(void)
{
	static unsigned long before;
	unsigned long bytes = param_profile_bytes();

	if (bytes == before)
		return;
	if (!bytes) {
		profile_stop();
	} else if (profile_start(bytes)) {
		pr_warn("there is no profile, as there is no memory: set profile_bytes again later\n");
		return;
	}
	before = bytes;
	alloc_set_flags();
	heaps_set_flags();
}
