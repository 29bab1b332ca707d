/* SPDX-License-Identifier: GPL-2.0 */
/*
 * free_rcu: frees after a grace period, in batches.
 */
#ifndef _KSPAN_FREE_RCU_H
#define _KSPAN_FREE_RCU_H

#include <linux/types.h>

bool free_rcu_add(void *p);
void free_rcu_one(void *p);
void free_rcu_flush(void);
void free_rcu_barrier(void);
bool free_rcu_is_pending(void);
void free_rcu_init(void);

#endif /* _KSPAN_FREE_RCU_H */
