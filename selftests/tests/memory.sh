#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# How much memory kspan takes, and how much of it goes back, as MemFree tells. Only in a guest: elsewhere others use memory
# meanwhile. Figures of the kernel's slabs are shown beside kspan's.

. "$(dirname "$0")/lib.sh"

readonly ACTION=/sys/module/kspan_memory/parameters/action
readonly MB=$((1 << 20))
readonly SEGMENT=$((2 << 20))
readonly DECAY_MS=1000

# memory ACTION kspan|slab ...: what the client has to do
memory()
{
	echo "$*" 2>/dev/null >$ACTION
}

# What is free when nobody caches files any more: MemFree, and the free pages that each CPU keeps at hand, up to some MB.
free_bytes()
{
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree:/ { bytes += $2 * 1024 } $1 == "count:" { bytes += $2 * 4096 } END { print bytes }' \
		/proc/meminfo /proc/zoneinfo
}

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

# peak ALLOCATOR PATTERN MEGABYTES
taken_by()
{
	before=$(free_bytes)
	must "fill $3 MB of $2 objects from $1" memory fill "$1" "$2" "$3"
	taken=$((before - $(free_bytes)))
}

compare_peaks()
{
	taken_by slab mixed 300
	slab=$taken
	memory release slab
	sleep 1
	taken_by kspan mixed 300
	echo "# 300 MB mixed: kspan takes $taken bytes, the slabs $slab: $((taken * 100 / slab)) %"
	memory release kspan
	sleep 3
}

compare_scattered()
{
	for permille in 50 10 1; do
		for from in slab kspan; do
			taken_by $from small 250
			must "keep $permille in 1000 at random" memory scattered $from $permille
			sleep 3
			[ $from = slab ] || echo 1 >$KSPAN_DEBUGFS/trim
			echo "# $permille in 1000 of 250 MB: $from still takes $(((before - $(free_bytes)) / 1024)) KB," \
				"kspan holds $(($(value_of held_bytes) / 1024)) KB of $(($(value_of arena_bytes) / 1024)) KB"
			memory release $from
			sleep 2
		done
	done
}

compare_phases()
{
	for from in slab kspan; do
		before=$(free_bytes)
		for power in 4 8 5 9 6 10 7 11 12 13 14 15; do
			must "20 MB of 2^$power bytes and more from $from" memory fill $from $power 20
			must "keep 5 %" memory scattered $from 50
		done
		sleep 3
		echo "# 5 % of each of 12 phases: $from takes $(((before - $(free_bytes)) / 1024)) KB," \
			"kspan holds $(($(value_of held_bytes) / 1024)) KB of $(($(value_of arena_bytes) / 1024)) KB"
		memory release $from
		sleep 2
	done
}

# Half of 100 MB stays, then a fifth. Half of what stays is replaced at random, twelve times.
compare_churn()
{
	for pattern in small mixed; do
		for from in slab kspan; do
			taken_by $from $pattern 100
			for permille in 500 400; do
				must "keep $permille in 1000" memory scattered $from $permille
				must "replace half of them, 12 times" memory churn $from $pattern 12
				echo 1 >$KSPAN_DEBUGFS/trim
				echo "# churn of $pattern objects: $from takes $(((before - $(free_bytes)) / 1024)) KB," \
					"kspan holds $(($(value_of held_bytes) / 1024)) KB of $(($(value_of arena_bytes) / 1024)) KB"
			done
			memory release $from
			echo 1 >$KSPAN_DEBUGFS/trim
		done
	done
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
if [ "$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)" -gt 400 ]; then
	most_goes_back
	[ -z "${KSPAN_COMPARE:-}" ] || compare_peaks
	[ -z "${KSPAN_COMPARE:-}" ] || compare_scattered
	[ -z "${KSPAN_COMPARE:-}" ] || compare_phases
	[ -z "${KSPAN_COMPARE:-}" ] || compare_churn
else
	skip "300 MB" "not enough memory"
fi
check "unload kspan_memory" unload kspan_memory
check "unload kspan_misuse" unload kspan_misuse
balanced
check "unload kspan" unload kspan
finish
