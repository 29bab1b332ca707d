// SPDX-License-Identifier: GPL-2.0
/*
 * letters: see letters.h.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include "base/letters.h"

static const char all_letters[LETTERS_BYTES] = "FZPUQ";

/**
 * letters_parse() - read debug modes
 * @text: letters in any order, each at most once; a newline may end them
 * @letters: set to their bits, unless a letter is wrong
 *
 * Return: 0 or -EINVAL.
 */
int letters_parse(const char *text, u32 *letters)
{
	const char *at;
	u32 bits = 0;

	for (; *text && *text != '\n'; text++) {
		at = strchr(all_letters, *text);
		if (!at || (bits & BIT(at - all_letters)))
			return -EINVAL;
		bits |= BIT(at - all_letters);
	}
	*letters = bits;
	return 0;
}

/**
 * letters_text() - write debug modes
 * @letters: their bits
 * @text: room for LETTERS_BYTES
 */
void letters_text(u32 letters, char *text)
{
	unsigned int i;

	for (i = 0; all_letters[i]; i++)
		if (letters & BIT(i))
			*text++ = all_letters[i];
	*text = '\0';
}
