#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Who may not sleep gets what the reserve covers while everything else is given back; at a limit that only caches hold,
# who may sleep gets all of it at once, others a little later.

. "$(dirname "$0")/lib.sh"

# 1 MB in objects for which no cache has anything, an eighth of the reserve.
readonly RESERVE_KB=8192
readonly LARGE=40000
readonly SHOTS=25
readonly FILL_MB=192

readonly LIMIT=$((2 << 20))
readonly LARGE_AT_LIMIT=16	# of 100,000 bytes: 13 pages each, 208 of 256

full_reserve()
{
	[ "$(value_of reserve_bytes)" -ge $((RESERVE_KB * 1024)) ]
}

# Each trim is shot at from another moment on.
during_trim()
{
	must "one object lives" misuse hold 64 1
	tried=0
	failed=0
	for fifth in 0 0 1 2 3 4; do
		must "fill segments" stuck fill - $FILL_MB
		must "the reserve fills" wait_for 60 full_reserve
		check "trim" stuck fire $fifth $LARGE $SHOTS
		tried=$((tried + $(stuck_result tried)))
		failed=$((failed + $(stuck_result failed)))
		echo "# from $fifth fifths of $(stuck_result microseconds) us on: $(stuck_result tried) tried," \
			"$(stuck_result failed) failed"
	done
	at_least "allocations were tried" $tried 1
	equal "each is served during a trim, $tried in all" $failed 0
	check "free all" stuck cease
	check "and the one" misuse release
}

# Caches of all CPUs hold the heap's limit.
fill_caches()
{
	for mask in 1 2; do
		taskset $mask sh -c "echo limit_fill - 64 5 >$STUCK_ACTION" || return
		[ "$cpus" -ge 2 ] || return 0
	done
}

held()
{
	echo "# $(value_of live_objects "$HEAP/stats") objects live, $(value_of held_bytes "$HEAP/stats") bytes held"
}

readonly HEAP="$KSPAN_DEBUGFS/heaps/stuck limit"

at_the_limit()
{
	must "make a heap with a limit" stuck limit_open - $LIMIT
	check "fill and empty it" fill_caches
	held
	check "others that may sleep" stuck limit_take - 100000 $LARGE_AT_LIMIT
	equal "get the limit at once" "$(stuck_result taken)" $LARGE_AT_LIMIT
	check "fill and empty it" fill_caches
	held
	check "one that may not sleep" stuck limit_atomic - 5000 1
	equal "gets it" "$(stuck_result taken)" 1
	check "destroy the heap" stuck limit_close
}

begin
cpus=$(grep -c ^processor /proc/cpuinfo)
must "load kspan" load kspan reserve_kb=$RESERVE_KB
must "load kspan_stuck" load kspan_stuck
must "load kspan_misuse" load kspan_misuse
at_the_limit
during_trim
check "unload kspan_stuck" unload kspan_stuck
check "unload kspan_misuse" unload kspan_misuse
balanced
check "unload kspan" unload kspan
finish
