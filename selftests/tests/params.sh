#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Module parameters: each bad value is refused with a message, each good one shows and works.

. "$(dirname "$0")/lib.sh"

# not_taken PARAMETER=VALUE: kspan does not load with it, and says why
not_taken()
{
	expect_begin "kspan: .*${1%%=*}"
	if load kspan "$1" 2>/dev/null; then
		unload kspan
		fail "refuse $1" "it was taken"
		return
	fi
	check "refuse $1 with a message" expect_end
}

# shown PARAMETER=VALUE [AS]
shown()
{
	must "load with $1" load kspan "$1"
	equal "it shows" "$(cat "/sys/module/kspan/parameters/${1%%=*}")" "${2:-${1#*=}}"
	check "unload" unload kspan
}

# used PARAMETER=VALUE...: kspan loaded so, and its client
used()
{
	must "load with $* to use it" load kspan "$@"
	load kspan_misuse
}

used_no_more()
{
	check "allocate and free" misuse sane
	unload kspan_misuse
	balanced
	unload kspan
}

arena_size_works()
{
	used arena_mb=8
	misuse hold 64 1
	equal "one arena a node" "$(value_of arenas)" $nodes
	equal "of 4 segments of 2 MB" "$(awk 'NR > 1 { print $4 }' $KSPAN_DEBUGFS/arenas | uniq)" 4
	equal "of which one is made" "$(value_of arena_bytes)" $((nodes * 2 << 20))
	check "an object larger than a segment" misuse hold $((9 << 20)) 1
	misuse release
	used_no_more
	used arena_mb=8 segment_mb=8
	misuse hold 64 1
	equal "an arena of one segment" "$(value_of arena_bytes)" $((nodes * 8 << 20))
	check "an object larger than that" misuse hold $((9 << 20)) 1
	misuse release
	used_no_more
}

tiny_works()
{
	used tiny=0
	misuse hold 6 10
	equal "no tiny object with tiny=0" "$(column_of tiny in_use)" 0
	misuse release
	used_no_more
	used tiny=1
	misuse hold 6 10
	equal "10 tiny objects with tiny=1" "$(column_of tiny in_use)" 10
	misuse release
	used_no_more
}

reserve_works()
{
	used reserve_kb=2048
	misuse hold 64 1
	check "the reserve fills" wait_for 120 reserve_holds $((2048 << 10))
	misuse release
	used_no_more
	used reserve_kb=0
	misuse hold 64 1
	equal "no reserve with reserve_kb=0" "$(value_of reserve_bytes)" 0
	misuse release
	used_no_more
}

reserve_holds()
{
	[ "$(value_of reserve_bytes)" -ge "$1" ]
}

limit_works()
{
	limit=$((2 * nodes + 2))	# the reserves and one segment more
	used limit_mb=$limit
	check "an object within limit_mb" misuse hold 1000000 1
	expect_begin 'limit_mb is met'
	check "none beyond" refused misuse hold $((8 << 20)) 1
	check "the message says why" expect_end
	check "raise limit_mb" write_to 32 /sys/module/kspan/parameters/limit_mb
	check "the object fits" misuse hold $((8 << 20)) 1
	misuse release
	check "lower limit_mb" write_to $limit /sys/module/kspan/parameters/limit_mb
	check "segments beyond it go" wait_for 120 within $limit
	used_no_more
}

# within MB: what the segments take
within()
{
	[ "$(value_of arena_bytes)" -le $(($1 << 20)) ]
}

decay_works()
{
	used arena_decay_ms=0
	misuse hold $((1 << 20)) 3
	misuse release
	check "its segments go by themselves" wait_for 120 only_the_reserve
	used_no_more
}

# What can be changed while kspan is loaded.
written()
{
	file=/sys/module/kspan/parameters/$1

	equal "$1 can be changed" "$(stat -c %a "$file")" 644
	check "write $1=$2" write_to "$2" "$file"
	equal "it shows" "$(cat "$file")" "$2"
	check "refuse $1=$3 while loaded" refused write_to "$3" "$file"
	equal "the good value stays" "$(cat "$file")" "$2"
}

# Lowered while objects live, which keep kspan from letting go of all. The class stays in use, so that none of its CPUs'
# caches is given back for being idle.
lowered_takes_effect()
{
	used reserve_kb=4096
	misuse hold 64 1
	check "the reserve fills" wait_for 120 reserve_holds $((4096 << 10))
	check "the caches grow" wait_for 120 cached_at_least 2000
	check "lower magazine_kb" write_to 16 /sys/module/kspan/parameters/magazine_kb
	check "the caches shrink" wait_for 120 cached_at_most 512
	check "lower reserve_kb" write_to 64 /sys/module/kspan/parameters/reserve_kb
	check "the reserve shrinks" wait_for 120 reserve_at_most $((128 << 10))
	at_least "objects lived meanwhile" "$(value_of live_objects)" 1
	misuse release
	used_no_more
}

# cached_at_least COUNT: after a burst of that class, one object of which stays live
cached_at_least()
{
	misuse hold 64 8000
	misuse release
	misuse hold 64 1
	[ "$(value_of cached_objects)" -ge "$1" ]
}

# cached_at_most COUNT: after an allocation of the class in question
cached_at_most()
{
	misuse hold 64 1
	[ "$(value_of cached_objects)" -le "$1" ]
}

reserve_at_most()
{
	[ "$(value_of reserve_bytes)" -le "$1" ]
}

begin
nodes=$(nr_nodes)
for value in $(some 48 0 1 2 3 5 2048 4294967296 -4 64k none); do
	not_taken arena_mb="$value"
done
not_taken arena_mb=
for value in $(some 0 1 3 2048 -2 2m); do
	not_taken segment_mb="$value"
done
not_taken segment_mb=128	# more than an arena
for value in $(some -1 3600001 99999999999 soon); do
	not_taken arena_decay_ms="$value"
done
for value in $(some -1 16385 1M); do
	not_taken reserve_kb="$value"
done
for value in $(some -1 65537 all); do
	not_taken magazine_kb="$value"
done
for value in $(some -1 16777217 2m); do
	not_taken limit_mb="$value"
done
for value in 2 maybe; do
	not_taken tiny="$value"
	not_taken track="$value"
done
for value in $(some X FF f 1 FZPUQF); do
	not_taken debug="$value"
done
for value in $(some -1 65537 none); do
	not_taken debug_quarantine_kb="$value"
done
for value in $(some arena_mb=1024 segment_mb=64 segment_mb=4 reserve_kb=16384 arena_mb=4 arena_mb=64 arena_decay_ms=0 arena_decay_ms=60000 \
		reserve_kb=0 magazine_kb=0 magazine_kb=65536 limit_mb=16777216); do
	shown "$value"
done
shown arena_mb=0x10 16
shown tiny=0 N
shown tiny=on Y
shown track=1 Y
shown debug=QUPZF FZPUQ
shown debug_quarantine_kb=1024
shown randomize=1 Y
shown panic_on_misuse=1 Y
shown guard_interval_ms=500
shown profile_bytes=524288
arena_size_works
tiny_works
reserve_works
limit_works
decay_works
lowered_takes_effect
used magazine_kb=0
used_no_more
used magazine_kb=65536
written arena_decay_ms 250 -5
written reserve_kb 64 16385
written magazine_kb 16 x
written limit_mb 64 -1
written debug_quarantine_kb 64 65537
used_no_more
finish
