#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What debugfs tells of each client, and what kspan reports when a client goes and leaves something behind. What it
# leaves stays until the next boot: some segments of 2 MB.

. "$(dirname "$0")/lib.sh"

client=kspan_misuse

# client_has COLUMN: a figure of the client
client_has()
{
	awk -v column="$1" -v client=$client '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
		$1 == client { print $at }' $KSPAN_DEBUGFS/clients
}

# left REGEX: the kernel log has such a line since expect_begin
left()
{
	grep -Eq "kspan: module $client goes and leaves $1" "$scratch/expected"
}

no_raw_address()
{
	! grep 'kspan: ' "$scratch/expected" | grep -E '(^|[^0-9a-f])(0x)?ffff[0-9a-f]{12}'
}

abandoned()
{
	must "load kspan $*" load kspan "$@"
	must "load kspan_misuse" load kspan_misuse
	equal "it has nothing yet" "$(client_has objects)" ""
	check "it loses a heap, a pool and a region" misuse abandon
	equal "its heaps" "$(client_has heaps)" 1
	equal "its pools" "$(client_has pools)" 1
	equal "its regions" "$(client_has regions)" 1
	check "5 objects of the default heap" misuse leak 100 5
}

# client_goes HEAP POOL: bytes that the heap and the pool leave
client_goes()
{
	expect_begin 'goes and leaves'
	check "unload the client" unload kspan_misuse
	check "it is reported" expect_end
	expect_log >"$scratch/expected"
	check "the heap with its objects" left "heap \"misuse\" with 3 objects, $1 bytes"
	check "the pool with its stock" left "pool \"misuse pool\" with 4 objects, $2 bytes"
	check "the region" left 'region "misuse" of [1-9][0-9]* bytes'
}

kspan_goes()
{
	expect_begin 'still live|objects live|was not destroyed'
	check "unload kspan all the same" unload kspan
	check "it reports" expect_end
	expect_log >"$scratch/expected"
	check "no address is told" no_raw_address
}

untracked()
{
	abandoned
	equal "its objects: those of its own heap and pool" "$(client_has objects)" 7
	client_goes 192 832
	kspan_goes
}

# Each object has a red zone.
tracked()
{
	abandoned track=1
	if [ "${KSPAN_STATION#uml}" = "$KSPAN_STATION" ]; then
		equal "its objects, those of the default heap included" "$(client_has objects)" 12
		client_goes $((3 * 128)) $((4 * 288))
		check "the call site in the default heap" \
			left '5 objects, [0-9]+ bytes in heap "default": leak_run.*\[kspan_misuse\]'
		check "that in its own" left '3 objects, [0-9]+ bytes in heap "misuse": (heap_fill|abandon)_run'
		kspan_goes
		check "sites of a module that is gone have no name" grep -q 'objects, .*: (module gone)' "$scratch/expected"
	else
		skip "call sites" "this kernel cannot unwind its stack"
		client_goes $((3 * 128)) $((4 * 288))
		kspan_goes
	fi
}

# A module by the override has no heap of its own: it is known by its call sites.
overridden()
{
	client=kspan_override
	must "load kspan track=1 for a module by the override" load kspan track=1
	check "load $client" load $client leak=5
	if [ "${KSPAN_STATION#uml}" = "$KSPAN_STATION" ]; then
		equal "what it holds" "$(client_has objects)" 5
		expect_begin 'goes and leaves'
		check "unload it" unload $client
		check "it is reported" expect_end
		expect_log >"$scratch/expected"
		check "with its call site" left '5 objects, [0-9]+ bytes in heap "override": .*\[kspan_override\]'
	else
		skip "what it holds" "this kernel cannot unwind its stack"
		check "unload it" unload $client
	fi
	kspan_goes
}

begin
untracked
tracked
overridden
finish
