#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The tracepoints, by tracefs alone: each event comes when it is to, with its fields; while alloc or free is
# enabled no object is missed, and afterwards CPUs keep objects again.

. "$(dirname "$0")/lib.sh"

readonly EVENTS="alloc free refill flush span_alloc span_free segment_make segment_free large_alloc bad_free failure"

# switch 1|0 EVENT...
switch()
{
	value=$1
	shift
	for event in "$@"; do
		echo "$value" >"$tracing/events/kspan/$event/enable" || return
	done
}

# trace_on EVENT...: from here on, into an empty buffer
trace_on()
{
	echo >"$tracing/trace"
	switch 1 "$@"
}

trace_off()
{
	echo 0 >"$tracing/events/kspan/enable"
	grep -v '^#' "$tracing/trace" >"$scratch/trace"
}

# told EVENT [REGEX]: how often it came, with that in its fields
told()
{
	grep " $1: " "$scratch/trace" | grep -cE -- "${2:-.}"
}

# Soon after the kernel has started, all addresses are hashed to the same text. kspan's own file has one, too.
addresses_told()
{
	! grep -q ptrval $KSPAN_DEBUGFS/segments
}

cleanup()
{
	echo 0 2>/dev/null >"$tracing/events/kspan/enable"
	[ -z "$buffer_kb" ] || echo "$buffer_kb" >"$tracing/buffer_size_kb"
}

has_fields()
{
	for field in $2; do
		grep -q "field:.*[ *]${field}[;[]" "$tracing/events/kspan/$1/format" || {
			echo "$1 has no field $field"
			return 1
		}
	done
}

fields()
{
	check "alloc has its fields" has_fields alloc "call_site ptr bytes_req bytes_alloc gfp_flags heap node"
	check "large_alloc too" has_fields large_alloc "call_site ptr bytes_req bytes_alloc gfp_flags heap node"
	check "free too" has_fields free "call_site ptr bytes_alloc heap node"
	check "span_alloc too" has_fields span_alloc "call_site ptr bytes_alloc object_bytes gfp_flags heap node"
	check "bad_free too" has_fields bad_free "call_site ptr what"
	check "failure too" has_fields failure "call_site bytes_req gfp_flags heap node"
	for event in $EVENTS; do
		check "$event is there" test -e "$tracing/events/kspan/$event/enable"
	done
}

# Each address that was allocated was freed, and nothing else was.
objects_balance()
{
	awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^ptr=/) p = $i }
		/ alloc: / { live[p]++; n++ }
		/ free: / { if (!live[p]) { print "not allocated: " $0; bad = 1 } else live[p]-- }
		END { for (p in live) { all++; if (live[p]) { print "not freed: " p; bad = 1 } } exit bad || !n || all < 500 }' "$scratch/trace"
}

no_mcaches()
{
	[ "$(wc -l <$KSPAN_DEBUGFS/mcaches)" -eq 1 ]
}

objects()
{
	misuse sane	# CPUs keep objects before
	must "enable alloc and free" trace_on alloc free
	check "no CPU keeps an object" no_mcaches
	for size in 6 64 5000 65536 100000; do
		check "hold 100 of $size bytes" misuse hold $size 100
	done
	check "free them" misuse release
	check "no CPU keeps an object still" no_mcaches
	trace_off
	for size in 6 64 5000 65536 100000; do
		equal "100 allocations of $size bytes" \
			"$(told alloc "bytes_req=$size bytes_alloc=[0-9]+ gfp_flags=GFP_KERNEL heap=default node=")" 100
	done
	equal "as many frees as allocations" "$(told free)" "$(told alloc)"
	client=$(told '\(alloc\|free\)' 'call_site=[a-z_]+\+0x[0-9a-f]+/0x[0-9a-f]+ \[kspan_misuse\]')
	if [ "$client" -eq 500 ] && may_lack_callers; then
		skip "each names the client" "this kernel cannot unwind its stack: only frees do"
	else
		equal "each names the client" "$client" 1000
	fi
	sed -n "s/^/# /; /kspan_misuse/p" "$scratch/trace" | sed -n "1p;\$p"
	check "the objects balance" objects_balance
	balanced
	check "CPUs keep objects again" misuse_keeps
}

misuse_keeps()
{
	misuse sane && ! no_mcaches
}

# What needs no object to be told of, and so leaves the fast path alone.
others()
{
	trim_all
	must "enable the others" trace_on refill flush span_alloc span_free segment_make segment_free large_alloc
	check "hold objects" misuse hold 512 20000
	check "free them" misuse release
	check "hold large ones" misuse hold 1000000 3
	check "free them" misuse release
	check "trim" wait_for 60 trim_all
	trace_off
	at_least "refills were told" "$(told refill 'bytes_alloc=512 objects=[1-9][0-9]* heap=default node=')" 10
	at_least "flushes to the depot, to spans or by a drain too" "$(told flush 'bytes_alloc=512 objects=[1-9][0-9]* to=[a-z]+ heap=default')" 5
	equal "3 large allocations" "$(told large_alloc 'call_site=.*bytes_req=1000000 bytes_alloc=1007616')" 3
	equal "each span that came went" "$(told span_free 'object_bytes=512 heap=default')" \
		"$(told span_alloc 'object_bytes=512 gfp_flags=[A-Z_|]+ heap=default')"
	at_least "segments were made" "$(told segment_make 'bytes_alloc=2097152 backing=vmalloc')" 3
	at_least "and given back" "$(told segment_free 'bytes_alloc=2097152 backing=vmalloc')" 3
	equal "no alloc or free was told" "$(told '\(alloc\|free\)')" 0
}

faults()
{
	must "enable bad_free and failure" trace_on bad_free failure
	expect_begin 'points inside an object'
	check "free inside an object" misuse free_inside
	check "it is reported" expect_end
	expect_begin 'double free of'
	check "free twice" misuse double_row
	check "it is reported" expect_end
	check "open a heap" misuse heap_open
	heap=$(ls $KSPAN_DEBUGFS/heaps | grep -v '^default$' | head -n 1)
	echo 8192 >"$KSPAN_DEBUGFS/heaps/$heap/limit"
	misuse heap_fill 40000 1
	misuse heap_close
	trace_off
	equal "bad_free of an inner pointer" "$(told bad_free 'call_site=free_inside.*what=inside')" 1
	equal "of a freed object" "$(told bad_free 'call_site=double_row.*what=double')" 1
	at_least "failure" "$(told failure "bytes_req=40000 gfp_flags=.* heap=$heap ")" 1
}

# The kernel lets a module go whose events are enabled.
comes_and_goes()
{
	must "enable all" trace_on $EVENTS
	unload kspan_misuse
	check "unload kspan while it is traced" unload kspan
	must "load it again" load kspan
	load kspan_misuse
	check "CPUs keep objects" misuse_keeps
	must "enable alloc and free" trace_on alloc free
	must "start the torture" torture_start seconds="${SECONDS_TRACE:-5}"
	if [ -n "${KSPAN_VM:-}" ] && [ -z "${IN_TURN:-}" ]; then
		skip "disable and enable in turn" "an emulated processor may miss that code was changed, and hang"
	else
		check "disable and enable in turn" in_turn
	fi
	check "the torture ends" wait_for 300 torture_ended
	torture_result
	trace_off
	at_least "objects were told of" "$(told free kspan_torture)" 1000
	equal "no bad free" "$(value_of bad_frees)" 0
	balanced
}

in_turn()
{
	while ! torture_ended; do
		switch 0 alloc && sleep 0.1 && switch 0 free && sleep 0.3 &&
			switch 1 alloc && sleep 0.2 && switch 1 free && sleep 0.2 || return
	done
}

tracing=/sys/kernel/tracing
buffer_kb=""
begin
[ -d $tracing/events ] || tracing=/sys/kernel/debug/tracing
[ -d $tracing/events ] || skip_all "this kernel has no tracefs"
must "load kspan" load kspan
must "load kspan_misuse" load kspan_misuse
buffer_kb=$(sed 's/ .*//' $tracing/buffer_size_kb)
echo 16384 >$tracing/buffer_size_kb
head -c 1 /dev/random >/dev/null
check "the kernel tells addresses apart" wait_for 30 addresses_told
fields
objects
others
faults
comes_and_goes
finish
