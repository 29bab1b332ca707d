/* SPDX-License-Identifier: GPL-2.0 */
/*
 * scavenge: the worker that gives memory back and fills the reserve, the shrinker, and trim.
 */
#ifndef _KSPAN_SCAVENGE_H
#define _KSPAN_SCAVENGE_H

#include <linux/types.h>

u64 scavenge_trim(void);
unsigned long scavenge_runs(void);
void scavenge_pause(void);
void scavenge_resume(void);

int scavenge_init(void);
void scavenge_stop(void);
void scavenge_exit(void);

#endif /* _KSPAN_SCAVENGE_H */
