#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The tools that watch kspan, as host/make_tools.sh brings them into the guest: each script of bpftrace tells what a
# client did; so do perf and trace-cmd; kspantop reads the files, kspan-pprof the profile.

. "$(dirname "$0")/lib.sh"

readonly TOOLS=$SELFTESTS/tools
readonly TRACERS=/host/tracers
readonly TOP=/host/kspantop

# Runs a program with the libraries that came with it.
readonly WITH_LIBRARIES="$TRACERS/lib64/ld-linux-x86-64.so.2
	--library-path $TRACERS/lib/x86_64-linux-gnu:$TRACERS/usr/lib/x86_64-linux-gnu"

# Of three objects, two with one stack, one is freed.
perf_text()
{
	for ptr in 0xffffca9340b60000 0xffffca9340b60008 0xffffca9340b60010; do
		echo "sh 99 [000] 7.1: kspan:alloc: call_site=f+0x1/0x2 [m] ptr=$ptr bytes_req=6 bytes_alloc=8 gfp_flags=GFP_KERNEL heap=default node=-1"
		[ $ptr = 0xffffca9340b60010 ] && echo "        ffffffffc0501001 other+0x1 ([m])" || echo "        ffffffffc0501000 f+0x1 ([m])"
		echo
	done >"$scratch/perf"
	echo "sh 99 [000] 7.2: kspan:free: call_site=g+0x1/0x2 [m] ptr=0xffffca9340b60000 bytes_alloc=8 heap=default node=-1" >>"$scratch/perf"
	awk -f "$TOOLS/leaks.awk" "$scratch/perf" >"$scratch/leaks" || return
	cat "$scratch/leaks"
	grep -qE '^ +8 +1  f[+]0x1$' "$scratch/leaks" && grep -qE '^ +8 +1  other[+]0x1$' "$scratch/leaks"
}

# What a client does while a script watches.
work()
{
	for action in "hold 100 500" "hold 5000 50" release "hold 64 7"; do
		echo "echo $action >$MISUSE_ACTION"
	done
}

# traced SCRIPT: what it says of the client's work
traced()
{
	work >"$scratch/work"
	# shellcheck disable=SC2086 # words
	$WITH_LIBRARIES $TRACERS/usr/bin/bpftrace "$TOOLS/$1" -c "/bin/sh $scratch/work" >"$scratch/$1" 2>&1
	status=$?
	misuse release
	[ $status -eq 0 ] || cat "$scratch/$1"
	return $status
}

no_mcaches()
{
	[ "$(wc -l <$KSPAN_DEBUGFS/mcaches)" -eq 1 ]
}

shows()
{
	sed 's/^/# /' "$scratch/$1" | head -n 40
}

scripts()
{
	for script in leaks sizes latency; do
		misuse sane
		check "$script.bt runs" traced $script.bt
		shows $script.bt
	done
	check "leaks.bt names who holds the 7 objects" grep -q 'hold_run' "$scratch/leaks.bt"
	check "and how many bytes" grep -qE '\]: 448$' "$scratch/leaks.bt"
	check "sizes.bt tells what was asked for" grep -q '@asked_bytes\[default\]: 300448' "$scratch/sizes.bt"
	check "and who asked" grep -qE '^@callers\[.*\]: 55[0-9]$' "$scratch/sizes.bt"
	check "latency.bt tells how long objects lived" grep -q '^@lived_us' "$scratch/latency.bt"
	check "CPUs keep objects again" keeps
}

# perf and trace-cmd, whose text leaks.awk reads: of what the client did, 7 objects are left.
perf_recorded()
{
	# shellcheck disable=SC2086 # words
	$WITH_LIBRARIES $TRACERS/usr/bin/perf record -q -o "$scratch/perf.data" -a -g -e kspan:alloc,kspan:free -- \
		/bin/sh "$scratch/work" || return
	# shellcheck disable=SC2086 # words
	$WITH_LIBRARIES $TRACERS/usr/bin/perf script -i "$scratch/perf.data" -F trace:event,trace,sym,ip >"$scratch/perf" || return
	awk -f "$TOOLS/leaks.awk" "$scratch/perf" >"$scratch/perf.leaks"
	shows perf.leaks
	grep -E '^ *448 +7 ' -A 8 "$scratch/perf.leaks" | grep -q hold_run
}

trace_cmd_recorded()
{
	# shellcheck disable=SC2086 # words
	$WITH_LIBRARIES $TRACERS/usr/bin/trace-cmd record -q -o "$scratch/trace.dat" -e kspan:alloc -e kspan:free \
		/bin/sh "$scratch/work" || return
	# shellcheck disable=SC2086 # words
	$WITH_LIBRARIES $TRACERS/usr/bin/trace-cmd report -i "$scratch/trace.dat" >"$scratch/trace.text" || return
	awk -f "$TOOLS/leaks.awk" "$scratch/trace.text" >"$scratch/trace.leaks"
	shows trace.leaks
	grep -qE '^ *448 +7 .*hold_run' "$scratch/trace.leaks"
}

recorders()
{
	for recorder in perf trace_cmd; do
		misuse sane
		work >"$scratch/work"
		check "$recorder records, and leaks.awk names who holds the 7 objects" ${recorder}_recorded
		misuse release
		check "CPUs keep objects again" keeps
	done
}

keeps()
{
	misuse sane && ! no_mcaches
}

# Soon after the kernel has started, all addresses are hashed to the same text. kspan's own file has one, too.
addresses_told()
{
	! grep -q ptrval $KSPAN_DEBUGFS/segments
}

tracers_text()
{
	tracing=/sys/kernel/tracing
	echo >$tracing/trace
	head -c 1 /dev/random >/dev/null
	wait_for 30 addresses_told || return
	echo 1 >$tracing/events/kspan/alloc/enable
	echo 1 >$tracing/events/kspan/free/enable
	misuse hold 100 500
	misuse release
	misuse hold 64 7
	echo 0 >$tracing/events/kspan/enable
	grep kspan_misuse $tracing/trace >"$scratch/sample"
	sed -n "s/^ */# /; 1p; \$p" "$scratch/sample"
	awk -f "$TOOLS/leaks.awk" $tracing/trace >"$scratch/leaks"
	shows leaks
	misuse release
	grep -qE '^ *448 +7  hold_run' "$scratch/leaks"
}

pprof_names_it()
{
	"$TOOLS/kspan-pprof" >"$scratch/pprof" && grep -qE '^0x[0-9a-f]+ hold_run' "$scratch/pprof"
}

top()
{
	for mode in once json prometheus; do
		check "kspantop --$mode" "$@" --$mode
		cp "$scratch/output" "$scratch/$mode"
	done
	check "--save" "$@" --save "$scratch/saved"
	check "what was saved can be read" "$@" --json "$scratch/saved"
	cp "$scratch/output" "$scratch/again"
	check "and is the same" grep -q "\"live_objects\": 1507" "$scratch/again"
	check "--flame draws what is live" "$@" --flame "$scratch/flame.svg"
	check "the client's function is in it" grep -q '<title>hold_run' "$scratch/flame.svg"
	check "kspan-pprof names it, too" pprof_names_it
	misuse release
	check "--svg with --diff" "$@" --svg "$scratch/diff.svg" --diff "$scratch/saved"
	equal "it counts objects" "$(grep -c 'live_objects *1507' "$scratch/once")" 1
	equal "each segment has its line" "$(sed -n '/^Map/,$p' "$scratch/once" | tail -n +2 | wc -l)" "$(value_of segments "$scratch/saved/stats")"
	rm -rf /tmp/kspantop
	mkdir /tmp/kspantop
	cp -r "$scratch"/flame.svg "$scratch"/pprof "$scratch"/once "$scratch"/json "$scratch"/prometheus "$scratch"/saved "$scratch"/diff.svg /tmp/kspantop
}

# Pages of each segment add up, in order; objects taken are not more than there are.
map_agrees()
{
	awk 'NR == 1 { next }
		$4 == "segment" { if (n != pages) { print "ends at " n; bad = 1 } pages = $3; n = 0; segments++; next }
		{ if ($2 != n || $7 > $6) { print; bad = 1 } n += $3 }
		END { exit bad || n != pages || !segments }' $KSPAN_DEBUGFS/map
}

begin
must "load kspan" load kspan profile_bytes=1024
must "load kspan_misuse" load kspan_misuse
[ -d /sys/kernel/tracing/events/kspan ] || skip_all "this kernel has no tracefs"
check "leaks.awk reads the tracer's text" tracers_text
check "and perf's" perf_text
misuse hold 300 1500
misuse hold 100000 7
check "the map agrees in itself" map_agrees
if [ -e $TOP ] && [ -e $TRACERS ]; then
	# shellcheck disable=SC2086 # words
	top $WITH_LIBRARIES $TOP
else
	skip "kspantop" "it was not brought here"
fi
if [ -e $TRACERS ]; then
	scripts
	recorders
else
	skip "the scripts of bpftrace, perf and trace-cmd" "they are not here; see host/make_tools.sh"
fi
misuse release
balanced
finish
