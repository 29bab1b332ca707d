#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A callback of CPU hotplug may call kspan, even while someone reads what it ends.

. "$(dirname "$0")/lib.sh"

readonly CPUS=/sys/devices/system/cpu
readonly OPERATIONS="stats heap_stats trim heap_reset heap_destroy region_destroy"
readonly HEAD_START_MS=300

switchable()
{
	for file in "$CPUS"/cpu[0-9]*/online; do
		[ -w "$file" ] && [ "$(cat "$file")" = 1 ] && echo "${file%/online}"
	done
}

cleanup()
{
	[ -z "${reader:-}" ] || kill "$reader" 2>/dev/null
	reader=
	[ -z "$cpu" ] || [ "$(cat "$cpu/online")" = 1 ] || echo 1 >"$cpu/online"
}

# The reader is given the time to come and wait for what the callback's caller holds.
read_on()
{
	while :; do
		cat $KSPAN_DEBUGFS/heaps/stuck/* $KSPAN_DEBUGFS/regions/stuck/* $KSPAN_DEBUGFS/stats
	done >/dev/null 2>&1
}

begin
cpu=$(switchable | tail -n 1)
[ "$(grep -c ^processor /proc/cpuinfo)" -ge 2 ] && [ -n "$cpu" ] || skip_all "no CPU that can be switched off"
must "load kspan" load kspan
must "load kspan_stuck" load kspan_stuck
read_on &
reader=$!
for operation in $OPERATIONS; do
	must "prepare for $operation" stuck hotplug "$operation" $HEAD_START_MS
	must "a CPU goes" write_to 0 "$cpu/online"
	check "ask" stuck hotplugged
	equal "$operation returned while it went" "$(stuck_result returned)" 1
	must "the CPU comes" write_to 1 "$cpu/online"
done
kill $reader
reader=
check "unload kspan_stuck" wait_for 120 unload kspan_stuck
balanced
check "unload kspan" wait_for 120 unload kspan
finish
