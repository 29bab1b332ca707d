/* SPDX-License-Identifier: GPL-2.0 */
/*
 * leaks: a heap's live objects, for its file "leaks" and for the report when it is destroyed.
 */
#ifndef _KSPAN_LEAKS_H
#define _KSPAN_LEAKS_H

#include <linux/seq_file.h>
#include "central/heap.h"

struct sites;

typedef void (*leaks_site_fn)(unsigned long caller, unsigned long objects, unsigned long bytes,
			      void *arg);

struct sites *leaks_sites_alloc(void);
void leaks_each_site(struct kspan_heap *heap, struct sites *sites, leaks_site_fn fn, void *arg);
void leaks_list(struct seq_file *m, struct kspan_heap *heap);
unsigned long leaks_report(struct kspan_heap *heap);

#endif /* _KSPAN_LEAKS_H */
