/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report: messages in the kernel log about misuse and failures. No locks. Addresses are hashed
 * unless the kernel was booted with no_hash_pointers.
 */
#ifndef _KSPAN_REPORT_H
#define _KSPAN_REPORT_H

#include <linux/ratelimit_types.h>
#include "pages/mspan.h"

/* Kinds of misuse, see below; each is counted. */
enum misuse {
	MISUSE_FREE,
	MISUSE_POINTER,
	MISUSE_COPY,
	MISUSE_ACCESS,	/* also to what kspan has for itself */
	NR_MISUSES
};

bool report_begin_misuse(enum misuse kind, unsigned long n);
bool report_begin_bad_free(const void *p, unsigned long caller, const char *what, unsigned long n);
void report_end_misuse(bool stack);
unsigned long report_misuses(enum misuse kind);

/* Refused frees. */
static inline unsigned long report_bad_frees(void)
{
	return report_misuses(MISUSE_FREE);
}

/* Refused pointers that were not to be freed. */
static inline unsigned long report_bad_pointers(void)
{
	return report_misuses(MISUSE_POINTER);
}

/* Refused copies to and from user space. */
static inline unsigned long report_bad_copies(void)
{
	return report_misuses(MISUSE_COPY);
}

/* Accesses out of bounds or after the free, of guarded objects. */
static inline unsigned long report_bad_accesses(void)
{
	return report_misuses(MISUSE_ACCESS);
}

void report_foreign(const void *p, unsigned long caller);
void report_no_object(const void *p, unsigned long caller);
void report_inside(const void *p, const struct mspan *span, unsigned long caller);
void report_double_free(const void *p, unsigned int class, unsigned long caller);
void report_late_double_free(const void *p, unsigned int class, unsigned long n);
void report_no_free_object(const void *p, unsigned int class);
void report_tiny_free(const void *p, unsigned long caller);
void report_region_free(const void *p, unsigned long caller);
void report_region_release(const char *name, unsigned long caller);
void report_wrong_pool(const void *p, const struct owner *pool, unsigned long caller);
void report_wrong_heap(const void *p, const struct owner *heap, unsigned long caller);
void report_size(const void *p, size_t size, size_t usable, unsigned long caller);
void report_copy(const void *p, size_t n, size_t left, size_t bytes, bool to_user,
		 unsigned long caller);
void report_stray_free(const void *p, bool kept);
void report_bad_flags(gfp_t bad, unsigned long caller);
void report_bad_node(int node, unsigned long caller);
void report_bad_align(size_t align, unsigned long caller);
void report_pool_heap(const struct owner *pool, unsigned long caller);
void report_pool_heap_end(const struct owner *pool, unsigned long caller);
bool report_account_slow(void);
void report_sleep(gfp_t gfp, unsigned long caller);
void report_failure(struct owner *owner, size_t size, gfp_t gfp);
void report_region_limit(const char *name, unsigned long limit, size_t size, gfp_t gfp);

/* Called where memory is got for a caller, not for each object. */
static inline void report_account(gfp_t gfp)
{
	if (unlikely(gfp & __GFP_ACCOUNT))
		report_account_slow();
}

extern bool report_limit_mb_met;	/* it kept the last segment from being made; a hint */
extern struct ratelimit_state report_limit;	/* for reports of misuse */

#endif /* _KSPAN_REPORT_H */
