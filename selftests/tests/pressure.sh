#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Memory that no client uses goes back: by itself after a while, when the kernel asks for it, and by
# hand. A real shortage is made only in a guest, or where KSPAN_PRESSURE=1 allows it: processes want
# what kspan holds and nobody uses, and none of them may be killed.

. "$(dirname "$0")/lib.sh"
# shellcheck source=memory_lib.sh
. "$(dirname "$0")/memory_lib.sh"

# In a shortage: of the memory that is available, what kspan holds and what a process wants. In a
# guest of 512 MB that is about 256 MB and 350 MB.
readonly HELD_PERCENT=60
readonly WANTED_PERCENT=82
readonly PROCESSES=8
readonly SLOW=8			# seconds; where one process takes as long, two must do

# Several segments, with nothing in them but what the caches keep.
use_memory()
{
	check "allocate 20 MB in large objects" misuse hold $((1 << 20)) 20
	check "and small ones" misuse hold 2000 2000
	at_least "several segments" "$(value_of segments)" 3
	check "free all" misuse release
	equal "no object lives" "$(value_of live_objects)" 0
}

# Asks all shrinkers for what they can give.
shrink()
{
	echo 2 >/proc/sys/vm/drop_caches
	only_the_reserve
}

shortage()
{
	wanted=$(($(available_mb) * WANTED_PERCENT / 100))
	# no object lives; what the caches hold lies in all segments
	held=$(($(available_mb) * HELD_PERCENT / 100))
	processes=$PROCESSES
	began=$(date +%s)
	must "a process of $wanted MB runs while kspan holds nothing" use_as_process $wanted
	[ $(($(date +%s) - began)) -lt $SLOW ] || processes=2
	lived=0
	n=0
	while [ $n -lt $processes ]; do
		n=$((n + 1))
		check "hold $held MB of which no object lives, time $n of $processes" stuck spread - $held
		! use_as_process $wanted || lived=$((lived + 1))
	done
	equal "of so many processes of $wanted MB none is killed" $lived $processes
}

# With BRIEF a slow guest leaves it to others: a debugging kernel keeps so much for itself that any process may be killed.
may_be_short()
{
	[ -z "${BRIEF:-}" ] && [ -n "${KSPAN_VM:-}${KSPAN_PRESSURE:-}" ]
}

# While a client works, nothing it uses may be taken.
shrink_under_load()
{
	torture_start seconds=5 max_size=1048576 || return
	until torture_ended; do
		echo 2 >/proc/sys/vm/drop_caches
		echo 1 >$KSPAN_DEBUGFS/trim
		sleep 0.1
	done
}

begin
must "load kspan that keeps empty segments" load kspan arena_decay_ms=3600000
must "load kspan_misuse" load kspan_misuse
use_memory
sleep 1
at_least "empty segments are kept" "$(value_of segments)" 3
check "the kernel asks, and gets them" wait_for 120 shrink

use_memory
check "trim returns them" wait_for 60 trim_all

if may_be_short; then
	check "unload kspan_misuse" unload kspan_misuse
	check "unload kspan" unload kspan
	must "load kspan as users do" load kspan
	must "load kspan_stuck" load kspan_stuck
	shortage
	check "unload kspan_stuck" unload kspan_stuck
else
	skip "in a shortage no process is killed" "not in a guest, nor KSPAN_PRESSURE=1; or BRIEF"
fi
check "unload kspan_misuse" unload kspan_misuse
check "unload kspan" unload kspan

must "load kspan that soon returns empty segments" load kspan arena_decay_ms=200
must "load kspan_misuse" load kspan_misuse
use_memory
check "empty segments go by themselves" wait_for 120 only_the_reserve
check "unload kspan_misuse" unload kspan_misuse
check "shrinking and trimming under load" shrink_under_load
torture_result
balanced
check "unload kspan" unload kspan
finish
