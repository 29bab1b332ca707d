// SPDX-License-Identifier: GPL-2.0
/*
 * abi: exports the symbol that include/kspan/abi.h has each client refer to. What is in it does not
 * matter: its name says for which ABI kspan.ko was built. No locks.
 */
#include <linux/module.h>
#include <linux/stringify.h>
#include "api/abi.h"
#include "base/kspan_internal.h"

const char KSPAN_ABI_SYMBOL[] = KSPAN_VERSION;
EXPORT_SYMBOL_KSPAN(KSPAN_ABI_SYMBOL);

/* For the log, beside the kernel's message that names the symbol which a client lacks. */
const char *const abi_name = __stringify(KSPAN_ABI_SYMBOL);

/* For modinfo. */
MODULE_INFO(abi, __stringify(KSPAN_ABI_SYMBOL));
