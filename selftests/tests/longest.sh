#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# How long a GFP_KERNEL allocation takes at most: the one that makes a segment, which is 2 MB, beside one that makes a
# whole arena, as segment_mb=64 does. Nanoseconds, so only where the kernel runs natively: in user-mode Linux.

. "$(dirname "$0")/lib.sh"

readonly ACTION=/sys/module/kspan_memory/parameters/action
readonly ROUNDS=5 MB=96

# shortest_longest SEGMENT_MB: of so many fills the one in which nothing else delayed the longest call
shortest_longest()
{
	best=
	for round in $(seq $ROUNDS); do
		must "load kspan segment_mb=$1, round $round" load kspan segment_mb="$1"
		must "load kspan_memory" load kspan_memory
		echo "fill kspan mixed $MB" >$ACTION || fail "fill" "no memory"
		ns=$(value_of longest_ns $ACTION)
		[ "${best:-$ns}" -lt "$ns" ] || best=$ns
		echo "release kspan" >$ACTION
		must "unload kspan_memory" unload kspan_memory
		must "unload kspan" unload kspan
	done
}

begin
shortest_longest 64
arena_ns=$best
shortest_longest 2
echo "# longest call: $best ns with segments of 2 MB, $arena_ns ns with arenas"
at_least "a segment's longest call is ten times shorter than an arena's" $arena_ns $((10 * best))
finish
