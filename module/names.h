/* SPDX-License-Identifier: GPL-2.0 */
/*
 * names: which names clients may give to what they make. Lowest layer, no locks.
 */
#ifndef _KSPAN_NAMES_H
#define _KSPAN_NAMES_H

/* A name with its NUL. */
#define NAME_BYTES	32

int name_check(const char *what, const char *name);

#endif /* _KSPAN_NAMES_H */
