/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcaches: which CPUs have mcaches, and drains that must run on each. A CPU gets its mcache of the
 * default heap before it comes up, and loses its mcaches after it is dead.
 */
#ifndef _KSPAN_MCACHES_H
#define _KSPAN_MCACHES_H


void mcaches_drain_all(void);
void mcaches_drain_idle(void);

int mcaches_init(void);
void mcaches_exit(void);

#endif /* _KSPAN_MCACHES_H */
