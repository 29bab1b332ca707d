/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcaches: create and destroy mcaches on CPU hotplug, and drain them on their CPUs. A CPU's mcache
 * of the default heap is created before the CPU comes up. All its mcaches are destroyed after it is
 * dead.
 */
#ifndef _KSPAN_MCACHES_H
#define _KSPAN_MCACHES_H


void mcaches_drain_all(void);
void mcaches_drain_idle(void);

int mcaches_init(void);
void mcaches_exit(void);

#endif /* _KSPAN_MCACHES_H */
