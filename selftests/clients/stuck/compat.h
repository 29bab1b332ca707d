/* SPDX-License-Identifier: GPL-2.0 */
/* All kernel-version differences of kspan_stuck. */
#ifndef _KSPAN_STUCK_COMPAT_H
#define _KSPAN_STUCK_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/shrinker.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* The shrinker became an allocated object in 6.7. */
typedef unsigned long (*shrink_fn)(struct shrinker *s, struct shrink_control *sc);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
static inline struct shrinker *shrinker_start(shrink_fn count, shrink_fn scan)
{
	struct shrinker *s = shrinker_alloc(0, "stuck");

	if (!s)
		return NULL;
	s->count_objects = count;
	s->scan_objects = scan;
	shrinker_register(s);
	return s;
}

static inline void shrinker_stop(struct shrinker *s)
{
	shrinker_free(s);
}
#else
static inline struct shrinker *shrinker_start(shrink_fn count, shrink_fn scan)
{
	static struct shrinker shrinker;

	shrinker.count_objects = count;
	shrinker.scan_objects = scan;
	shrinker.seeks = DEFAULT_SEEKS;
	return register_shrinker(&shrinker, "stuck") ? NULL : &shrinker;
}

static inline void shrinker_stop(struct shrinker *s)
{
	unregister_shrinker(s);
}
#endif

#endif /* _KSPAN_STUCK_COMPAT_H */
