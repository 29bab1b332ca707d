/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guard_pages: take the access to a machine page of the pool away, and give it back. Only this
 * CPU's TLB is flushed: another CPU may still have the access for a while, and a fault is not seen
 * there. Nothing else depends on it.
 */
#ifndef _KSPAN_GUARD_PAGES_H
#define _KSPAN_GUARD_PAGES_H

#include <linux/pgtable.h>
#include <linux/types.h>

/* Only here kspan can take the access to a page away. Elsewhere only writes are found, later. */
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)
#include <asm/pgtable_types.h>

#define GUARD_HAS_PAGES		true

static inline bool guard_page_set(unsigned long addr, pteval_t present)
{
	unsigned int level;
	pte_t *pte = lookup_address(addr, &level);

	if (!pte || level != PG_LEVEL_4K)
		return false;
	set_pte(pte, __pte((pte_val(*pte) & ~_PAGE_PRESENT) | present));
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
	return true;
}

static inline bool guard_page_close(unsigned long addr)
{
	return guard_page_set(addr, 0);
}

static inline void guard_page_open(unsigned long addr)
{
	guard_page_set(addr, _PAGE_PRESENT);
}
#else
#define GUARD_HAS_PAGES		false

static inline bool guard_page_close(unsigned long addr)
{
	return true;
}

static inline void guard_page_open(unsigned long addr) { }
#endif

#endif /* _KSPAN_GUARD_PAGES_H */
