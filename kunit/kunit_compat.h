/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between kernel versions. No other file of the tests checks the version. */
#ifndef _KSPAN_KUNIT_COMPAT_H
#define _KSPAN_KUNIT_COMPAT_H

#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/kasan.h>
#include <linux/module.h>
#include <linux/version.h>

/* kspan.ko exports symbols for its tests in a namespace of their own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define KSPAN_EXPORT_INTERNAL(sym)	EXPORT_SYMBOL_NS_GPL(sym, "KSPAN_INTERNAL")
#define KSPAN_IMPORT_INTERNAL()		MODULE_IMPORT_NS("KSPAN_INTERNAL")
#else
#define KSPAN_EXPORT_INTERNAL(sym)	EXPORT_SYMBOL_NS_GPL(sym, KSPAN_INTERNAL)
#define KSPAN_IMPORT_INTERNAL()		MODULE_IMPORT_NS(KSPAN_INTERNAL)

static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* KASAN's shadow byte of @p's granule: 0: all usable; 1 to 7: so many bytes; negative: none. */
#if defined(CONFIG_KASAN_GENERIC) && defined(CONFIG_KASAN_VMALLOC)
static inline int test_shadow(const void *p)
{
	return *(s8 *)kasan_mem_to_shadow(p);
}
#else
static inline int test_shadow(const void *p)
{
	return 0;
}
#endif

#endif /* _KSPAN_KUNIT_COMPAT_H */
