/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz: the model of what is allocated: which objects are live, where, and what was written to them.
 */
#ifndef _USER_FUZZ_H
#define _USER_FUZZ_H

#include "user/user.h"

#define MAX_OBJS	500U
#define MAX_IN_REGION	32U
#define HEAPS		4U	/* 0 is the default heap, the last one a pool */
#define POOL		(HEAPS - 1)

/**
 * struct obj - a live object
 * @p: its address
 * @bytes: that may be written, and hold @fill
 * @fill: what was written
 * @heap: its heap's number
 */
struct obj {
	u8 *p;
	size_t bytes;
	u8 fill;
	u8 heap;
};

extern struct obj objs[MAX_OBJS], in_region[MAX_IN_REGION];
extern unsigned int nr_objs, nr_in_region;

void check_fill(const struct obj *o);
void check_apart(const struct obj *list, unsigned int n, const u8 *p, size_t bytes);
void add(void *p, size_t size, unsigned int heap, bool zeroed, size_t align);
struct obj take(unsigned int i);

/* Arguments from the string of bytes. */
unsigned int byte(void);
size_t size_of_bytes(void);
gfp_t gfp_of_byte(unsigned int b);

static inline void *or_null(void *p) { return IS_ERR(p) ? NULL : p; }

extern unsigned int nr_created;		/* names that were given */

void do_region(void);
void end_region(void);
void do_fail(void);
void do_hotplug(void);
void do_param(void);

#endif /* _USER_FUZZ_H */
