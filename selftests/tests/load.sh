#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kspan.ko comes and goes, twice: it takes the reserves' memory and no more before the first
# allocation, and nothing is left behind.

. "$(dirname "$0")/lib.sh"

readonly SEGMENT_MB=8		# no other area has that size
readonly SEGMENT_BYTES=$((SEGMENT_MB << 20))
readonly SHRINKERS=/sys/kernel/debug/shrinker

only_reserved()
{
	check "the reserve is full" reserve_is_full
	equal "it takes one segment a node" "$(value_of segments)" $nodes
	equal "of $SEGMENT_MB MB" "$(value_of arena_bytes)" $((nodes * SEGMENT_BYTES))
	equal "which is a vmalloc area" "$(areas_of $SEGMENT_BYTES)" $((areas_before + nodes))
}

reserve_is_full()
{
	[ "$(value_of reserve_bytes)" -ge "$(value_of reserve_wanted_bytes)" ]
}

first_allocation()
{
	must "load kspan_misuse" load kspan_misuse
	check "allocate an object" misuse hold 64 1
	equal "the first allocation finds room beside the reserve" "$(value_of segments)" $nodes
	check "free it" misuse release
	check "unload kspan_misuse" unload kspan_misuse
	balanced
}

nothing_left()
{
	check "nothing left in /sys/module" absent /sys/module/kspan
	check "nothing left in debugfs" absent $KSPAN_DEBUGFS
	check "no symbol left" no_word_of /proc/kallsyms
	check "no slab cache left" no_word_of /proc/slabinfo
	check "no hotplug state left" no_word_of /sys/devices/system/cpu/hotplug/states
	check "no area of kspan's in /proc/vmallocinfo" no_word_of /proc/vmallocinfo
	equal "as many areas of a segment's size as before" "$(areas_of $SEGMENT_BYTES)" \
		"$areas_before"
	check "no shrinker left" no_shrinker
	check "no thread left" no_thread
}

no_shrinker()
{
	! shrinker_is_there
}

shrinker_is_there()
{
	[ -n "$(find $SHRINKERS -name '*kspan*' 2>/dev/null)" ]
}

# A rescuer or a thread of its own; a shared worker keeps the name of what it did last.
no_thread()
{
	! cat /proc/[0-9]*/comm 2>/dev/null | grep -v ^kworker/ | grep kspan
}

begin
nodes=$(nr_nodes)
areas_before=$(areas_of $SEGMENT_BYTES)
for round in first second; do
	must "load kspan, $round time" load kspan segment_mb=$SEGMENT_MB
	check "it is in /sys/module" test -d /sys/module/kspan
	check "it is in debugfs" test -r $KSPAN_DEBUGFS/stats
	[ ! -d $SHRINKERS ] || check "its shrinker is registered" shrinker_is_there
	only_reserved
	first_allocation
	check "unload kspan, $round time" unload kspan
	nothing_left
done
finish
