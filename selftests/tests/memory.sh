#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# How much memory kspan takes, and how much of it goes back, as MemFree tells. Only in a guest: elsewhere others use memory
# meanwhile. compare.sh shows the kernel's slabs beside it.

. "$(dirname "$0")/lib.sh"
# shellcheck source=memory_lib.sh
. "$(dirname "$0")/memory_lib.sh"

readonly SEGMENT=$((2 << 20))
readonly DECAY_MS=1000

failed_are()
{
	equal "$1" "$(value_of failed $ACTION)" "$2"
}

# ---- a little ----

load_and_first()
{
	before=$(free_bytes)
	must "load kspan" load kspan
	taken=$((before - $(free_bytes)))
	check "allocate one object" load kspan_misuse action="hold 64 1"
	echo "# $taken bytes taken by loading, $((before - $(free_bytes))) with the client and its first allocation"
	at_least "the first allocation after load takes at most 4 MB" $((4 * MB)) $taken
	check "free it" misuse release
	check "unload kspan_misuse" unload kspan_misuse
	check "unload kspan" unload kspan
}

# Nothing sleeps between the allocations of a burst.
bursts()
{
	must "load kspan" load kspan
	must "load kspan_memory" load kspan_memory
	memory burst kspan 64 64
	failed_are "the first GFP_ATOMIC after load is served" 0
	sleep 3
	memory burst kspan 64 64
	failed_are "and after a lull" 0
	check "unload kspan_memory" unload kspan_memory
	check "unload kspan" unload kspan
	must "load kspan again" load kspan
	must "load kspan_memory" load kspan_memory
	memory burst kspan 2048 $MB
	failed_are "1 MB in objects of 2 KB from a cold start" 0
	for round in 1 2 3 4 5 6; do
		sleep 1
		must "the reserve is full again" wait_for 60 reserve_is_full
		memory burst kspan 2048 $((8 * MB))
		echo "# round $round of 8 MB: $(value_of failed $ACTION) failed"
		[ $round -lt 3 ] || failed_are "8 MB a second, round $round" 0
	done
	check "the reserve shrinks to what it was" wait_for 120 reserve_is_small
	check "unload kspan_memory" unload kspan_memory
	check "unload kspan" unload kspan
}

# A busy machine may not fill it within a second.
reserve_is_full()
{
	read_stats
	[ "$stat_reserve_bytes" -ge "$stat_reserve_wanted_bytes" ]
}

reserve_is_small()
{
	[ "$(value_of reserve_bytes)" -le $(($(cat /sys/module/kspan/parameters/reserve_kb) * 1024)) ]
}

# ---- caches ----

# on_each_cpu BYTES: of each size class so much is allocated and freed, on each CPU
on_each_cpu()
{
	for cpu in $(seq 0 $((cpus - 1))); do
		for size in $classes; do
			taskset "$(printf %x $((1 << cpu)))" sh -c "echo cycle kspan $size $(($1 < size ? size : $1)) >$ACTION" || return
		done
	done
}

# After bursts in all classes a little use of each, which keeps none of the slots unused.
caches_have_a_budget()
{
	cpus=$(grep -c ^processor /proc/cpuinfo)
	classes=$(awk '$1 + 0 > 0 { print $2 }' $KSPAN_DEBUGFS/size_classes)
	for kb in 4096 0; do
		must "set cpu_cache_kb=$kb" write_to $kb /sys/module/kspan/parameters/cpu_cache_kb
		check "bursts of 8 MB in each class" on_each_cpu $((8 * MB))
		echo "# after the bursts $(value_of held_bytes) held, $(value_of cache_budget_bytes) in budgets"
		[ $kb -gt 0 ] || continue
		# beside the budget each slot has a first magazine, of 2 MB in all classes together
		at_least "the caches keep to it" $((cpus * (kb * 1024 + 2 * MB))) "$(value_of cache_budget_bytes)"
	done
	for n in 1 2 3 4 5 6 7 8 9 10; do
		on_each_cpu 1
		sleep 0.3
	done
	echo "# after light use $(value_of held_bytes) held, $(value_of cache_budget_bytes) in budgets"
	at_least "light use keeps no more than it needs" $((cpus * 8 * MB)) "$(value_of held_bytes)"
}

# ---- the worker ----

# Nobody calls kspan for three seconds.
worker_rests()
{
	runs=$(value_of worker_runs)
	sleep 3
	[ "$(value_of worker_runs)" -eq "$runs" ]
}

worker_sleeps()
{
	check "an object lives" misuse hold 64 1
	check "the worker sleeps when it has nothing to do" wait_for 20 worker_rests
	check "use wakes it" misuse hold 100 1
	check "and it drains the caches" wait_for 60 value_is cached_objects 0
	check "then it sleeps again" wait_for 20 worker_rests
	check "free both" misuse release
}

# ---- much ----

held_at_most()
{
	[ "$(value_of arena_bytes)" -le "$1" ]
}

one_keeps_little()
{
	memory fill kspan small 100
	check "one object" misuse hold 64 1
	memory release kspan
	check "one live object keeps a segment beside the reserve" wait_for 60 held_at_most $((2 * SEGMENT))
	check "free it" misuse release
}

# back PERCENT OF BYTES: at most the rest is still taken
gone_within()
{
	sleep $(((DECAY_MS + 1000) / 1000))
	taken=$((before - $(free_bytes)))
	echo "# $taken of $full bytes still taken, kspan says $(value_of arena_bytes)"
	at_least "$1" $((full * $2 / 100)) $taken
}

most_goes_back()
{
	before=$(free_bytes)
	must "fill 300 MB, mixed" memory fill kspan mixed 300
	full=$((before - $(free_bytes)))
	echo "# $full bytes taken"
	must "free the oldest 99 %" memory newest kspan 10
	gone_within "95 % are back after arena_decay_ms and a second" 5
	memory release kspan
	check "all is back but the reserve" wait_for 60 only_the_reserve
}

# placed_anew KB PERCENT: what is replaced again and again, half of it at a time, gathers in few spans. Each CPU may keep so
# much; what it keeps comes back in the order of the frees.
placed_anew()
{
	echo "$1" >/sys/module/kspan/parameters/cpu_cache_kb
	must "fill 40 MB, small" memory fill kspan small 40
	must "keep half at random" memory scattered kspan 500
	must "replace half of it, 12 times" memory churn kspan small 12
	sleep 2
	echo 1 >$KSPAN_DEBUGFS/trim
	held=$(value_of held_bytes)
	echo "# cpu_cache_kb=$1: $held bytes in spans for 20 MB"
	at_least "with cpu_cache_kb=$1 spans hold at most $2 % of what is live" $((20 * MB * $2 / 100)) "$held"
	memory release kspan
}

begin
[ -n "${KSPAN_VM:-}" ] || skip_all "not in a guest"
load_and_first
bursts
must "load kspan" load kspan
must "load kspan_memory" load kspan_memory
must "load kspan_misuse" load kspan_misuse
caches_have_a_budget
worker_sleeps
one_keeps_little
placed_anew 1024 150
placed_anew 4096 150
placed_anew 0 175
if [ "$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)" -gt 400 ]; then
	most_goes_back
else
	skip "300 MB" "not enough memory"
fi
check "unload kspan_memory" unload kspan_memory
check "unload kspan_misuse" unload kspan_misuse
balanced
check "unload kspan" unload kspan
finish
