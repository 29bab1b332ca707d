#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The examples of clients/: each does what it is to show, and leaves nothing behind.

. "$(dirname "$0")/lib.sh"

readonly HEAPS=$KSPAN_DEBUGFS/heaps
readonly LINE=/sys/module/kspan_example_override/parameters/line

said()
{
	log_since | grep -q "$1"
}

heap()
{
	must "load the heap with a limit" load kspan_example_heap limit_kb=256 puts=2000
	check "it forgot some" said 'example_heap: 2000 values put, [1-9][0-9]* kept, [1-9][0-9]* forgotten'
	check "it keeps to its limit" test "$(value_of held_bytes "$HEAPS/example cache/stats")" -le $((256 << 10))
	echo 1 >$KSPAN_DEBUGFS/trim
	check "unload it" unload kspan_example_heap
	check "its heap is gone" absent "$HEAPS/example cache"
}

pool()
{
	must "load the pool used from softirq" load kspan_example_pool bursts=10
	check "it lost no sample" said 'example_pool: 640 samples in softirq, 0 lost'
	check "unload it" unload kspan_example_pool
}

region()
{
	must "load the region for a parser" load kspan_example_region
	check "it parsed" said 'example_region: "(+ 1 (\* 2 3) (\* 4 (+ 5 6)))" = 51'
	check "it gave up" said 'example_region: "(\* 7 (+ 1": cannot be read beyond byte 9'
	check "it went on" said 'example_region: "42" = 42'
	equal "it released all" "$(value_of used_bytes "$KSPAN_DEBUGFS/regions/example parser/stats")" 0
	check "unload it" unload kspan_example_region
}

override()
{
	must "load the module built by the override" load kspan_example_override
	before=$(value_of live_objects)
	check "a line" write_to "some words" $LINE
	check "another" write_to "more" $LINE
	equal "it keeps them" "$(cat $LINE | tr '\n' ,)" "line 0: some words,line 1: more,"
	equal "in kspan's memory" "$(($(value_of live_objects) - before))" 4
	check "unload it" unload kspan_example_override
}

begin
for example in heap pool region override; do
	needs_module kspan_example_$example
done
must "load kspan" load kspan
heap
pool
region
override
balanced
finish
