/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vault: memory for mcaches and magazines. Whoever writes to these chooses the address of an object
 * to come, so nothing else of the kernel lies beside them.
 *
 * A block of the vault is some pages of the direct map: what each allocation reads is to take few
 * entries of the TLB. The first page and the last one, of the machine's, are guards. They hold a
 * pattern and are not used. An overflow of up to a page, out of what lies before or behind a block,
 * damages a guard only, and the worker reports it.
 *
 * vault.lock, a spinlock taken with interrupts off, guards what is in use of each block and the
 * list of blocks; innermost. Only vault_look() takes blocks from the list, one caller at a time, so
 * a block that it has found stays while it looks.
 */
#ifndef _KSPAN_VAULT_H
#define _KSPAN_VAULT_H

#include <linux/gfp.h>

#define VAULT_MAX_BYTES		(48UL << 10)	/* of one allocation */

void *vault_alloc(size_t bytes, int node, gfp_t gfp);
void vault_free(void *p, size_t bytes);
void vault_look(void);
void vault_exit(void);
u64 vault_unused_bytes(void);

#endif /* _KSPAN_VAULT_H */
