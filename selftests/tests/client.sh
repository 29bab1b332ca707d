#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A dependent module: it needs kspan, pins it while it is loaded, and leaves nothing behind.

. "$(dirname "$0")/lib.sh"

readonly MODULE=kspan_example

users_of_kspan()
{
	awk '$1 == "kspan" { print $4 }' /proc/modules
}

begin
needs_module $MODULE
check "no client without kspan" refused insmod "$(module_path $MODULE)"
must "load kspan" load kspan
equal "nobody uses kspan" "$(users_of_kspan)" -
must "load $MODULE" load $MODULE
equal "$MODULE uses kspan" "$(users_of_kspan)" $MODULE,
check "kspan cannot be unloaded" refused rmmod kspan
check "it is still there" loaded kspan
at_least "the client allocated" "$(value_of allocs)" 1
check "a second client" load kspan_misuse
check "it works beside the first" misuse sane
check "unload the second" unload kspan_misuse
check "kspan still cannot be unloaded" refused rmmod kspan
check "unload $MODULE" unload $MODULE
equal "nobody uses kspan any more" "$(users_of_kspan)" -
balanced
check "unload kspan" unload kspan
finish
