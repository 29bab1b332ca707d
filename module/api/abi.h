/* SPDX-License-Identifier: GPL-2.0 */
/* abi: the symbol by which a client that was compiled for another kspan does not load. */
#ifndef _KSPAN_API_ABI_H
#define _KSPAN_API_ABI_H

extern const char *const abi_name;

#endif /* _KSPAN_API_ABI_H */
