#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# CPUs go off-line and come back while every context allocates and frees. ROUNDS_HOTPLUG says how
# often each CPU does (5).

. "$(dirname "$0")/lib.sh"

readonly ROUNDS=${ROUNDS_HOTPLUG:-5}
readonly CPUS=/sys/devices/system/cpu

# The CPUs that can be switched off and are on.
switchable()
{
	for file in "$CPUS"/cpu[0-9]*/online; do
		[ -w "$file" ] && [ "$(cat "$file")" = 1 ] && echo "${file%/online}"
	done
}

switch()
{
	echo "$2" >"$1/online"
}

# Every CPU that was on is on again.
all_on()
{
	for cpu in $cpus; do
		[ "$(cat "$cpu/online")" = 1 ] || switch "$cpu" 1
	done
}

cleanup()
{
	all_on
}

# The CPU's cache went back to where others can have it.
no_row_of()
{
	! awk -v cpu="${1##*/cpu}" 'NR > 1 && $1 == cpu' $KSPAN_DEBUGFS/mcaches | grep .
}

one_round()
{
	for cpu in $cpus; do
		switch "$cpu" 0 || return
		no_row_of "$cpu" || return
		sleep 0.2
		switch "$cpu" 1 || return
		sleep 0.1
	done
}

# All that can be off at the same time, then on again.
all_at_once()
{
	for cpu in $cpus; do
		switch "$cpu" 0 || return
	done
	sleep 0.5
	all_on
}

torture_goes_on()
{
	[ "$(value_of ops "$TORTURE_STATUS")" -gt "$ops" ]
}

begin
cpus=$(switchable)
[ "$(grep -c ^processor /proc/cpuinfo)" -ge 2 ] && [ -n "$cpus" ] ||
	skip_all "no CPU that can be switched off"
must "load kspan" load kspan arena_decay_ms=100 tiny=1
must "start the torture" torture_start seconds=0 threads="$(grep -c ^processor /proc/cpuinfo)"
sleep 1
round=0
while [ $round -lt "$ROUNDS" ]; do
	round=$((round + 1))
	check "each CPU off and on, round $round of $ROUNDS" one_round
done
check "all off at once" all_at_once
check "all on again" all_on
ops=$(value_of ops "$TORTURE_STATUS")
check "the torture goes on" wait_for 120 torture_goes_on
torture_result
balanced
check "unload kspan" unload kspan
finish
