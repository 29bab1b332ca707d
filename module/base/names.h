/* SPDX-License-Identifier: GPL-2.0 */
/*
 * names: the names that clients may give to heaps, pools and regions, and those of the clients. No
 * locks.
 */
#ifndef _KSPAN_NAMES_H
#define _KSPAN_NAMES_H

#include <linux/module.h>

/* Size of a name, NUL included. */
#define NAME_BYTES	32

/* Size of the name of a client, which is a module, NUL included. */
#define CLIENT_BYTES	MODULE_NAME_LEN

void name_client(char *client, unsigned long addr);
int name_check(const char *what, const char *name);

#endif /* _KSPAN_NAMES_H */
