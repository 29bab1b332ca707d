#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# With panic_on_misuse=1 a misuse ends the kernel. For a guest alone: "make check STEPS=panic" looks for the panic.

. "$(dirname "$0")/lib.sh"

begin
[ -n "${KSPAN_VM:-}" ] || skip_all "the kernel panics"
must "load kspan" load kspan panic_on_misuse=1
must "load kspan_misuse" load kspan_misuse
misuse double_row
fail "a misuse ends the kernel" "it goes on"
finish
