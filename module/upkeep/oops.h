/* SPDX-License-Identifier: GPL-2.0 */
/*
 * oops: tells when the kernel fails because kspan's memory was given to kfree(), vfree() or the
 * like.
 */
#ifndef _KSPAN_OOPS_H
#define _KSPAN_OOPS_H

#include <linux/types.h>

bool oops_look(unsigned long ip, const unsigned long *words, unsigned int n, bool are_registers);
void oops_start(void);
void oops_stop(void);

#endif /* _KSPAN_OOPS_H */
