// SPDX-License-Identifier: GPL-2.0
/*
 * owner: charges the pages of a heap against its limit. No locks.
 */
#include "pages/owner.h"

DEFINE_STATIC_KEY_FALSE(debug_key);

/**
 * owner_set_classes() - tell an owner which classes it has
 * @owner: a new owner
 * @only_class: a pool's class; 0: all classes
 */
void owner_set_classes(struct owner *owner, unsigned int only_class)
{
	owner->first_class = only_class ?: 1;
	owner->nr_classes = only_class ? 1 : NR_CLASSES - 1;
}

/* Whether an owner's limit leaves no room for pages. */
bool owner_is_full(const struct owner *owner, unsigned long npages)
{
	const struct owner *account = owner->account;

	return atomic_long_read(&account->charged_pages) + (long)npages >
	       READ_ONCE(account->limit_pages);
}

/**
 * owner_charge() - charge pages to an owner before it gets them
 * @owner: the owner
 * @npages: pages
 *
 * Context: Any.
 * Return: false if that would exceed the owner's limit; then nothing is charged.
 */
bool owner_charge(struct owner *owner, unsigned long npages)
{
	struct owner *account = owner->account;
	long pages = atomic_long_read(&account->charged_pages);

	do {
		if (pages + (long)npages > READ_ONCE(account->limit_pages))
			return false;
	} while (!atomic_long_try_cmpxchg(&account->charged_pages, &pages, pages + npages));
	return true;
}

/**
 * owner_charge_flags() - charge pages as the caller's flags allow
 * @owner: the owner
 * @npages: pages
 * @gfp: with __GFP_NOFAIL the limit is exceeded rather than the caller refused
 *
 * Context: Any.
 * Return: false if nothing was charged.
 */
bool owner_charge_flags(struct owner *owner, unsigned long npages, gfp_t gfp)
{
	if (owner_charge(owner, npages))
		return true;
	if (!(gfp & __GFP_NOFAIL))
		return false;
	atomic_long_add(npages, &owner->account->charged_pages);
	return true;
}

/* Undo owner_charge(): there are no such pages. */
void owner_uncharge(struct owner *owner, unsigned long npages)
{
	atomic_long_sub(npages, &owner->account->charged_pages);
}

/**
 * owner_hold() - count pages that an owner got
 * @owner: the owner
 * @npages: pages, which were charged before
 *
 * Context: Any.
 */
void owner_hold(struct owner *owner, unsigned long npages)
{
	struct owner *account = owner->account;
	long pages = atomic_long_add_return(npages, &account->pages);
	long peak = atomic_long_read(&account->peak_pages);

	while (pages > peak && !atomic_long_try_cmpxchg(&account->peak_pages, &peak, pages))
		;
}

/* Undo owner_charge() and owner_hold(): the pages go back. */
void owner_release(struct owner *owner, unsigned long npages)
{
	atomic_long_sub(npages, &owner->account->pages);
	owner_uncharge(owner, npages);
}

/* The limit in bytes; 0: no limit. */
size_t owner_limit(const struct owner *owner)
{
	long pages = READ_ONCE(owner->account->limit_pages);

	return pages == LONG_MAX ? 0 : pages << KSPAN_PAGE_SHIFT;
}

/**
 * owner_set_limit() - set the limit of an owner
 * @owner: the owner
 * @bytes: rounded down to pages, but at least one; 0: no limit
 *
 * Context: Any.
 */
void owner_set_limit(struct owner *owner, size_t bytes)
{
	long pages = bytes >> KSPAN_PAGE_SHIFT;

	WRITE_ONCE(owner->account->limit_pages, bytes ? max(pages, 1L) : LONG_MAX);
}
