/* SPDX-License-Identifier: GPL-2.0 */
/*
 * names: the names that clients may give to heaps, pools and regions. No locks.
 */
#ifndef _KSPAN_NAMES_H
#define _KSPAN_NAMES_H

/* Size of a name, NUL included. */
#define NAME_BYTES	32

int name_check(const char *what, const char *name);

#endif /* _KSPAN_NAMES_H */
