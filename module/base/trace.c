// SPDX-License-Identifier: GPL-2.0
/*
 * trace: see trace.h. trace_lock, outside all others but those of the kernel's tracing, which calls
 * here under them: also before kspan is initialized, and after its exit function.
 */
#include <linux/mutex.h>
#include "base/kspan_internal.h"
#define CREATE_TRACE_POINTS
#include "base/trace.h"

static DEFINE_MUTEX(trace_lock);
static unsigned int users;		/* enabled tracepoints that want mcaches to step aside */
static int (*set_aside)(bool on);	/* NULL before kspan is ready, and after its end */

/* kspan:alloc or kspan:free is about to be enabled. Return: 0, or -EBUSY. */
int trace_objects_begin(void)
{
	int err = 0;

	mutex_lock(&trace_lock);
	if (!users && set_aside)
		err = set_aside(true);
	if (!err)
		users++;
	mutex_unlock(&trace_lock);
	return err;
}

/* It was disabled. */
void trace_objects_end(void)
{
	mutex_lock(&trace_lock);
	if (!--users && set_aside)
		set_aside(false);
	mutex_unlock(&trace_lock);
}

/**
 * trace_set_aside_fn() - register what has all mcaches step aside, and come back
 * @aside: the function, called under trace_lock; NULL: there are no heaps any more
 *
 * Context: Process context; nobody allocates yet, or any more.
 */
void trace_set_aside_fn(int (*aside)(bool on))
{
	mutex_lock(&trace_lock);
	set_aside = aside;
	if (users && aside)
		aside(true);
	mutex_unlock(&trace_lock);
}
