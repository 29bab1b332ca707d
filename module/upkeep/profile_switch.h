/* SPDX-License-Identifier: GPL-2.0 */
/*
 * profile_switch: switches the allocation profile on and off, as profile_bytes says. heaps_lock.
 */
#ifndef _KSPAN_PROFILE_SWITCH_H
#define _KSPAN_PROFILE_SWITCH_H

void profile_obey(void);

#endif /* _KSPAN_PROFILE_SWITCH_H */
