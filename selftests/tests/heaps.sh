#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Heaps, pools and regions of a client: what debugfs shows of them, limits, reset, what is reported at the end, and who
# allocated what is left.

. "$(dirname "$0")/lib.sh"

readonly HEAP=$KSPAN_DEBUGFS/heaps/misuse
readonly POOL="$KSPAN_DEBUGFS/heaps/misuse pool"
readonly REGION=$KSPAN_DEBUGFS/regions/misuse
readonly DEFAULT=$KSPAN_DEBUGFS/heaps/default

# expected REGEX DESCRIPTION COMMAND...: the command makes kspan say so
expected()
{
	expect_begin "$1"
	shift
	check "$@"
	check "$1: it is reported" expect_end
}

heap_of_its_own()
{
	must "make a heap" misuse heap_open
	equal "nothing is in it" "$(value_of held_bytes "$HEAP/stats")" 0
	check "fill it" misuse heap_fill 64 1000
	equal "1000 objects live in it" "$(value_of live_objects "$HEAP/stats")" 1000
	equal "none in the default heap" "$(value_of live_objects "$DEFAULT/stats")" 0
	equal "1000 in all" "$(value_of live_objects)" 1000
	equal "in the row of their class" "$(awk '$2 == 64 { print $4 }' "$HEAP/size_classes")" 1000
	equal "nobody is watched" "$(cat "$HEAP/leaks")" "not tracked: load kspan with track=1"
	check "reset it" misuse heap_reset
	equal "nothing lives" "$(value_of live_objects "$HEAP/stats")" 0
	at_least "its pages are kept" "$(value_of held_bytes "$HEAP/stats")" 64000
	expected 'refused' "bad names and names in use are refused" misuse heap_names
	expected 'refused' "so is its own, once more" refused misuse heap_open
	check "destroy it" misuse heap_close
	check "it is gone" absent "$HEAP"
	equal "all bytes are given back" "$(value_of held_bytes "$DEFAULT/stats")" "$(value_of held_bytes)"
}

limits()
{
	must "make a heap of 64 KB" misuse heap_open 65536
	equal "debugfs shows the limit" "$(cat "$HEAP/limit")" 65536
	check "no object over it" refused misuse heap_fill 100000
	check "nor so many" refused misuse heap_fill 1024 1000
	equal "64 are there" "$(value_of live_objects "$HEAP/stats")" 64
	equal "in all of the limit" "$(value_of held_bytes "$HEAP/stats")" 65536
	check "the default heap goes on" misuse sane
	check "raise the limit" write_to 131072 "$HEAP/limit"
	check "64 more" misuse heap_fill 1024 64
	check "no more" refused misuse heap_fill 1024
	for bad in -1 x 99999999999999999999; do
		check "a limit of $bad is refused" refused write_to $bad "$HEAP/limit"
	done
	equal "and changes nothing" "$(cat "$HEAP/limit")" 131072
	expected 'still live in heap "misuse"' "destroy it as it is" misuse heap_close
	equal "no object is left" "$(value_of live_objects)" 0
	check "limit the default heap" write_to 8192 "$DEFAULT/limit"
	expected 'allocation of 100000 bytes failed' "no large object" refused misuse hold 100000
	check "no limit" write_to 0 "$DEFAULT/limit"
	check "a large object" misuse hold 100000
	check "free it" misuse release
}

pools_and_regions()
{
	must "make a pool" misuse pool_open 200 10
	equal "its stock is there" "$(value_of live_objects "$POOL/stats")" 10
	expected 'is not an object of pool' "an object of another is refused" misuse pool_wrong
	check "destroy it" misuse pool_close
	check "it is gone" absent "$POOL"
	must "make a region" misuse region_open 1000000
	at_least "what it holds is shown" "$(value_of used_bytes "$REGION/stats")" 1000000
	expected 'bad free' "kspan_free() of a part of it is refused" misuse region_free
	check "destroy it" misuse region_close
	check "it is gone" absent "$REGION"
}

# The name of the function that called kspan, and how often.
callers()
{
	awk 'NR > 1 { print $2, $3 }' "$HEAP/leaks" | sed 's/+.*//'
}

tracked()
{
	must "load kspan that watches" load kspan track=1
	must "load kspan_misuse" load kspan_misuse
	check "it works" misuse sane
	must "make a heap" misuse heap_open
	check "fill it" misuse heap_fill 64 7
	check "and with a large one" misuse heap_fill 100000
	check "and with tiny ones" misuse heap_fill 5 3
	who=heap_fill_run
	if [ "$(callers)" = "11 unknown" ] && may_lack_callers; then
		who=unknown
		skip "the caller is named" "this kernel cannot unwind its stack"
	else
		equal "the caller is named" "$(callers)" "11 $who"
	fi
	expected 'still live in heap "misuse"|objects, ' "destroy it as it is" misuse heap_close
	expect_log >"$scratch/expected"
	check "so does the report" grep -q "11 objects, .*: $who" "$scratch/expected"
	balanced
}

begin
must "load kspan" load kspan
must "load kspan_misuse" load kspan_misuse
heap_of_its_own
limits
pools_and_regions
balanced
check "unload kspan_misuse" unload kspan_misuse
check "unload kspan" unload kspan
tracked
check "unload kspan_misuse" unload kspan_misuse
check "unload kspan" unload kspan
finish
