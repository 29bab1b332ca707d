/* SPDX-License-Identifier: GPL-2.0 */
/*
 * clients: the modules that use kspan: what each holds, and what it leaves behind when it goes.
 */
#ifndef _KSPAN_CLIENTS_H
#define _KSPAN_CLIENTS_H

#include <linux/seq_file.h>

void clients_list(struct seq_file *m);
void clients_start(void);
void clients_stop(void);

#endif /* _KSPAN_CLIENTS_H */
