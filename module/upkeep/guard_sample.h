/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_sample: has an allocation guarded every guard_interval_ms.
 */
#ifndef _KSPAN_GUARD_SAMPLE_H
#define _KSPAN_GUARD_SAMPLE_H

void guard_sample_obey(void);
void guard_sample_stop(void);

#endif /* _KSPAN_GUARD_SAMPLE_H */
