/* SPDX-License-Identifier: GPL-2.0 */
/*
 * letters: the debug modes of a heap, as users write them and as bits. No locks.
 */
#ifndef _KSPAN_LETTERS_H
#define _KSPAN_LETTERS_H

#include "base/kspan_internal.h"

#define DEBUG_FREES		BIT(0)	/* F: check each free; each other letter includes it */
#define DEBUG_RED_ZONES		BIT(1)	/* Z: find writes behind the requested size */
#define DEBUG_POISON		BIT(2)	/* P: find writes after free; mark what was not written */
#define DEBUG_USERS		BIT(3)	/* U: remember who allocated and who freed */
#define DEBUG_QUARANTINE	BIT(4)	/* Q: reuse a freed object as late as possible */

#define DEBUG_LETTERS		0x1fU

/* Bytes of all letters and the 0 behind them. */
#define LETTERS_BYTES		6

int letters_parse(const char *text, u32 *letters);
void letters_text(u32 letters, char *text);

#endif /* _KSPAN_LETTERS_H */
