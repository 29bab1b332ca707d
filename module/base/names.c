// SPDX-License-Identifier: GPL-2.0
/*
 * names: a name is used as a debugfs directory and in messages, so it must be valid in both.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/printk.h>
#include <linux/string.h>
#include "base/kspan_internal.h"
#include "base/names.h"

static bool is_good(const char *name, size_t len)
{
	size_t i;

	if (!len || len >= NAME_BYTES || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (i = 0; i < len; i++)
		if (name[i] == '/' || iscntrl(name[i]))
			return false;
	return true;
}

/**
 * name_check() - check the name of a heap, a pool or a region
 * @what: kind of the named object, for the message
 * @name: the name
 *
 * Context: Any that may print.
 * Return: 0, or -EINVAL after a message in the kernel log.
 */
int name_check(const char *what, const char *name)
{
	size_t len = name ? strnlen(name, NAME_BYTES) : 0;

	if (is_good(name, len))
		return 0;
	pr_err("%s name \"%*pE\" refused: give 1 to %d characters, no '/' and no control character, not \".\" or \"..\"\n",
	       what, (int)len, name ?: "", NAME_BYTES - 1);
	return -EINVAL;
}

/**
 * name_client() - the name of the module that an address is in
 * @client: set to the name, CLIENT_BYTES long; "(kernel)" if it is in none
 * @addr: a return address
 *
 * While a module is loaded this knows its __init functions, too. Of a module that is gone it knows
 * nothing.
 *
 * Context: Any.
 */
void name_client(char *client, unsigned long addr)
{
	char text[KSYM_SYMBOL_LEN], *name;

	sprint_symbol(text, addr - 1);	/* a call may be the last instruction */
	name = strrchr(text, '[');
	if (name)
		strreplace(++name, ']', '\0');
	strscpy(client, name ?: "(kernel)", CLIENT_BYTES);
}
