/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report_object: the reports of debug modes: what happened to which object, the bytes around it,
 * who allocated and who freed it. No locks. Any context.
 */
#ifndef _KSPAN_REPORT_OBJECT_H
#define _KSPAN_REPORT_OBJECT_H

#include "pages/record.h"

void report_bytes(const struct mspan *span, const void *obj, const void *at);
void report_object(const char *what, const struct mspan *span, const struct record *rec,
		   const void *obj, const void *at);
void report_object_free(const struct mspan *span, const struct record *rec, const void *obj,
			unsigned long caller);
void report_object_stale(const struct mspan *span, const struct record *rec, const void *obj,
			 unsigned long caller);

#endif /* _KSPAN_REPORT_OBJECT_H */
