#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A dependent module: it needs kspan, pins it while it is loaded, and leaves nothing behind.

. "$(dirname "$0")/lib.sh"

readonly MODULE=kspan_example

users_of_kspan()
{
	awk '$1 == "kspan" { print $4 }' /proc/modules
}

# What the kernel says of a client that was compiled for another kspan, and kspan of itself.
names_both()
{
	log_since | grep -o 'Unknown symbol kspan_abi_[^ ]*' | tail -n 1 >"$scratch/lacks"
	log_since | grep -o 'kspan: loaded, version .*, ABI kspan_abi_[^ ,]*' >"$scratch/has"
	[ -s "$scratch/lacks" ] && [ -s "$scratch/has" ] &&
		[ "$(grep -o 'kspan_abi_.*' "$scratch/lacks")" != "$(tail -n 1 "$scratch/has" | grep -o 'kspan_abi_.*')" ]
}

# Clients that make_abi.sh compiled for changed headers. NAME.ko says what was changed.
other_clients()
{
	check "a client with new comments, a new function and a new flag" insmod /host/abi/same.ko
	check "unload it" unload $MODULE
	for ko in /host/abi/*.ko; do
		name=$(basename "$ko" .ko)
		[ "$name" != same ] || continue
		check "a client with another $name is refused" refused insmod "$ko"
		check "$name: the log names the symbols of both" names_both
	done
	check "no such client is loaded" refused loaded $MODULE
}

begin
needs_module $MODULE
check "no client without kspan" refused insmod "$(module_path $MODULE)"
must "load kspan" load kspan
[ ! -d /host/abi ] || other_clients
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
