/* SPDX-License-Identifier: GPL-2.0 */
/*
 * prove: what the proofs share.
 */
#ifndef _USER_PROVE_H
#define _USER_PROVE_H

#include "user/user.h"

extern unsigned long nr_cases, nr_wrong;

/* The first few that are wrong are shown. */
#define expect(c, ...) do {						\
	nr_cases++;							\
	if (!(c) && nr_wrong++ < 5) {					\
		printf("# %s: ", #c);					\
		printf(__VA_ARGS__);					\
		printf("\n");						\
	}								\
} while (0)

void prove_pages(void);

#endif /* _USER_PROVE_H */
