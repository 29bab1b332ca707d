#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A module built with slab_override.h: each name of the kmalloc family does on kspan what it does
# without, and takes the kernel's own memory as well.

. "$(dirname "$0")/lib.sh"

readonly MODULE=kspan_override

checks_made()
{
	log_since | sed -n "s/.*$MODULE: \([0-9]*\) checks, .*/\1/p" | tail -n 1
}

begin
needs_module $MODULE
must "load kspan" load kspan
check "load $MODULE, which calls every name" load $MODULE
log_since | grep "$MODULE: " | sed 's/.*'$MODULE': /# /'
at_least "it made its checks" "$(checks_made)" 2000
# busybox tries a module that failed a second time
equal "checks that failed" "$(log_since | grep -c 'not so:')" 0
at_least "it allocated from kspan" "$(value_of allocs)" 600
check "unload $MODULE" unload $MODULE
balanced
equal "kspan reported no bad free" "$(value_of bad_frees)" 0
expect_begin 'is not a kspan object'
check "load it again, to free an object twice" load $MODULE twice=1
check "that is reported" expect_end
equal "each time" "$(value_of bad_frees)" 2
check "unload $MODULE again" unload $MODULE
balanced
expect_begin 'bad copy: 129 bytes'
check "load it again, to copy beyond an object" load $MODULE copy=1
check "that is reported" expect_end
equal "each copy" "$(value_of bad_copies)" 2
check "unload $MODULE once more" unload $MODULE
balanced
finish
