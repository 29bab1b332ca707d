// SPDX-License-Identifier: GPL-2.0
/*
 * usercopy: the exported check of include/kspan/usercopy.h. No locks.
 */
#include <kspan/usercopy.h>
#include "heap/bounds.h"
#include "pages/report.h"

bool __kspan_copy_fits(const void *p, size_t n, bool to_user)
{
	struct bounds b;
	size_t left;

	if (!n || !bounds_find((unsigned long)p, &b))
		return true;
	left = bounds_left(&b, (unsigned long)p);
	if (likely(n <= left))
		return true;
	report_copy(p, n, left, b.bytes, to_user, _RET_IP_);
	return false;
}
EXPORT_SYMBOL_KSPAN(__kspan_copy_fits);
