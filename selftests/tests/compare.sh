#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# How much memory kspan takes beside the kernel's slabs, by MemFree, in one boot: at a peak, where few objects at random
# places survive, where a few of each size do, and at the peak of the recording of a kernel's allocations. In segments and
# in blocks of the direct map.

. "$(dirname "$0")/lib.sh"
# shellcheck source=memory_lib.sh
. "$(dirname "$0")/memory_lib.sh"
# shellcheck source=replay_lib.sh
. "$(dirname "$0")/replay_lib.sh"

readonly NEEDED_MB=600
readonly RECORDING_PEAK=236044	# events until it
readonly REPLAY=/sys/module/kspan_replay/parameters
readonly DECAY=3		# seconds: more than arena_decay_ms and what the caches keep

# start WHO: kspan's backing, or "slab", which needs kspan only for the client's sake
start()
{
	who=$1
	from=kspan
	[ "$who" != slab ] || from=slab
	load_both "$([ "$who" = direct ] && echo direct || echo vmalloc)"
}

# note PATTERN: what is taken now, and of that what kspan holds in spans and in segments, in KB
note()
{
	taken=$(((before - $(free_bytes)) / 1024))
	echo "$who $1 $taken $(($(value_of held_bytes) / 1024)) $(($(value_of arena_bytes) / 1024))" >>"$scratch/figures"
}

# settle: what nobody uses has gone, and all that can go. On a busy machine a CPU may not answer a trim in time: so trim
# until it makes no difference.
settle()
{
	sleep $DECAY
	[ "$from" != slab ] || return 0
	left=
	for try in 1 2 3 4 5 6 7 8 9 10; do
		echo 1 >$KSPAN_DEBUGFS/trim
		last=$left left=$(value_of held_bytes)
		[ "$left" != "$last" ] || return 0
		sleep 0.5
	done
}

# drain: everything is freed again
drain()
{
	memory release $from
	settle
}

peak()
{
	before=$(free_bytes)
	must "$who: 300 MB, mixed" memory fill $from mixed 300
	note peak
	drain
}

# scattered PERMILLE
scattered()
{
	before=$(free_bytes)
	must "$who: 250 MB in small objects" memory fill $from small 250
	must "$who: keep $1 in 1000 at random" memory scattered $from "$1"
	settle
	note "$1"
	drain
}

phases()
{
	before=$(free_bytes)
	for power in 4 8 5 9 6 10 7 11 12 13 14 15; do
		must "$who: 20 MB of 2^$power bytes and more" memory fill $from $power 20
		must "$who: keep 5 %" memory scattered $from 50
	done
	settle
	note phases
	drain
}

# churn PATTERN: half of 100 MB stays, then a fifth; half of what stays is replaced at random, twelve times
churn()
{
	before=$(free_bytes)
	must "$who: 100 MB, $1" memory fill $from "$1" 100
	for permille in 500 400; do
		must "$who: keep $permille in 1000" memory scattered $from $permille
		must "$who: replace half of them, 12 times" memory churn $from "$1" 12
		settle
		note "$1-$permille"
	done
	drain
}

# The replayer waits. Its two CPUs work for nearly a minute until it does, which nobody should disturb.
holds()
{
	tries=120
	while read -r value <$REPLAY/holding && [ "$value" != Y ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 2
	done
}

# recording: replayed up to its peak, without what the replayer itself takes
recording()
{
	allocator=$from
	[ $from = kspan ] || allocator=kmalloc
	must "load kspan_replay" load kspan_replay rounds=0 verify=0 hold=1
	must "read the recording" replay_feed_until $RECORDING_PEAK
	for cache in /sys/kernel/slab/kmalloc-*/shrink; do
		echo 1 >"$cache"
	done
	replay_run $allocator &
	must "$who: it is about to begin" holds
	before=$(free_bytes)
	[ "$from" = slab ] || echo "$who reserve $(($(value_of arena_bytes) / 1024)) 0 0" >>"$scratch/figures"
	echo 0 >$REPLAY/holding
	must "$who: it is at its peak" holds
	note recording
	echo 0 >$REPLAY/holding
	check "it ends" wait $!
	check "unload kspan_replay" unload kspan_replay
}

measure()
{
	start "$1"
	peak
	for permille in 50 10 1; do
		scattered $permille
	done
	phases
	churn small
	churn mixed
	recording
	unload_both
}

# figure WHO PATTERN COLUMN: 3 what is taken, 4 what spans hold
figure()
{
	awk -v who="$1" -v pattern="$2" -v column="$3" '$1 == who && $2 == pattern { print $column }' "$scratch/figures"
}

# beside PATTERN WHO PERCENT: of what the slabs take, what kspan takes is at most so much
beside()
{
	at_most "$1, $2: KB taken, $3 % of the slabs' $(figure slab "$1" 3)" "$(figure "$2" "$1" 3)" \
		$(($(figure slab "$1" 3) * $3 / 100))
}

# spans_beside PATTERN WHO PERCENT: the same of what its spans hold
spans_beside()
{
	at_most "$1, $2: KB in spans, $3 % of the slabs' $(figure slab "$1" 3)" "$(figure "$2" "$1" 4)" \
		$(($(figure slab "$1" 3) * $3 / 100))
}

# beside_recording WHO: with its reserve it takes 3 MB more than the slabs do, at most
beside_recording()
{
	at_most "recording, $1: KB taken with the reserve, 3 MB more than the slabs' $(figure slab recording 3)" \
		$(($(figure "$1" recording 3) + $(figure "$1" reserve 3))) $(($(figure slab recording 3) + 3 * 1024))
}

show()
{
	printf '# %-8s %-10s %10s %10s %10s\n' who pattern taken_KB spans_KB segments_KB
	while read -r who pattern taken held arenas; do
		[ "$who" != slab ] || held=- arenas=-
		printf '# %-8s %-10s %10s %10s %10s\n' "$who" "$pattern" "$taken" "$held" "$arenas"
	done <"$scratch/figures"
}

begin
[ -n "${KSPAN_VM:-}" ] || skip_all "not in a guest"
[ "$(available_mb)" -ge $NEEDED_MB ] || skip_all "not enough memory"
for who in slab vmalloc direct; do
	measure $who
done
show
for backing in vmalloc direct; do
	beside peak $backing 95
	beside_recording $backing
	spans_beside phases $backing 100
done
beside 50 direct 115
beside 10 direct 115
for backing in vmalloc direct; do
	spans_beside small-500 $backing 100
	spans_beside small-400 $backing 100
done
# Of a page of 8 KB one object keeps twice what it keeps of a slab of 4 KB. What the slabs take then differs by a fourth.
beside 1 direct 225
beside phases direct 115
finish
