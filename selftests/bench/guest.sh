#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# guest.sh exact|native|gate [quick]: the guest's part of run.sh and exact_gate.sh: loads kspan and kspan_bench, runs
# the patterns and leaves their machine-readable lines in /tmp/bench/lines. Plain sh, as busybox has it.
# guest.sh modes: that of modes.sh: what debug modes, sampling and the like cost.
# guest.sh sweep [STEPS]: that of sweep.sh: each call beside its namesake, at so many sizes a doubling.
# guest.sh worst: that of worst.sh: what each call of the recording takes.
# guest.sh irqsoff: that of irqsoff.sh: how long the steps of kspan_stuck keep interrupts off.

SELFTESTS=$(cd "$(dirname "$0")/.." && pwd)
KSPAN=/sys/kernel/debug/kspan
BENCH=/sys/kernel/debug/kspan_bench
REPLAY=/sys/kernel/debug/kspan_replay
OUT=/tmp/bench
METHOD=$1
QUICK=${2:-}

# 64 KB and more fit neither a dedicated cache nor a pool
GENERAL=kspan,kmalloc,kvmalloc

main()
{
	mkdir -p $OUT
	: >$OUT/lines
	tag=
	case $METHOD in
	exact) unit=insn rounds=7 sizes=std some=8,64,1024,8192,32768 ;;
	gate | modes | worst) unit=insn rounds=5 ;;
	sweep) unit=insn rounds=1 ;;
	irqsoff)
		irqs_off
		return
		;;
	native) unit=ns rounds=15 sizes=std some=8,64,256,1024,4096 ;;
	*) fail "guest.sh exact|native|gate|modes|worst|irqsoff [quick], or sweep [STEPS]" ;;
	esac
	[ "$METHOD" = sweep ] || [ -z "$QUICK" ] || shorten
	seed_random
	kspan_load_timed
	bench_load
	echo "env kernel=$(uname -r) cpus=$(grep -c ^processor /proc/cpuinfo) unit=$unit" >>$OUT/lines
	"suite_$METHOD"
	unload
}

shorten()
{
	rounds=3 sizes=8,64,1024,8192,32768 some=64,1024
}

fail()
{
	echo "bench: $*"
	dmesg | tail -n 5
	exit 1
}

# Slabs are shuffled by random numbers, which cost 1,000 instructions each until the kernel trusts its generator.
seed_random()
{
	dd if=/dev/random of=/dev/null bs=1 count=1 2>/dev/null
}

# ---- modules ----

# The kernel log's time is finer than any that busybox tells.
kernel_time()
{
	echo "$1" >/dev/kmsg
	dmesg | awk -v mark="$1" 'index($0, mark) { gsub(/[][]/, " "); time = $1 } END { print time }'
}

kspan_load()
{
	insmod /kspan/kspan.ko "$@" || fail "kspan.ko does not load"
}

# How long it takes to load, and what is taken before the first allocation. Where instructions are counted, segments stay
# once they are made: the kernel clears a new one, an instruction a byte in QEMU, and that is not what is looked at.
kspan_load_timed()
{
	before=$(kernel_time kspan-bench-before)
	kspan_load
	after=$(kernel_time kspan-bench-after)
	segments=$(awk '$1 == "segments" { print $2 }' $KSPAN/stats)
	echo "insmod us=$(awk "BEGIN { print int(($after - $before) * 1000000) }") segments=$segments" >>$OUT/lines
	[ $unit != insn ] || echo 3600000 >/sys/module/kspan/parameters/arena_decay_ms
}

bench_load()
{
	insmod /kspan/kspan_bench.ko unit=$unit rounds=$rounds || fail "kspan_bench.ko does not load"
}

unload()
{
	rmmod kspan_bench kspan || fail "the modules do not unload"
}

# ---- patterns ----

# bench WORD...: one run, its lines kept
bench()
{
	echo "$METHOD $*"
	echo "$*" >$BENCH/run || fail "this run failed: $*"
	sed "s/\$/$tag/" $BENCH/results >>$OUT/lines
}

# A region takes new memory all the time: the first run has it made, the second one counts.
bench_again()
{
	echo "$*" >$BENCH/run || fail "this run failed: $*"
	bench "$@"
}

suite_gate()
{
	bench pattern=pair,pair_const size=class alloc=kspan
	bench pattern=batch,batch_rev,batch_shuf size=class alloc=kspan
	bench pattern=pair size=8,64,1024,8192,32768 alloc=heap,pool,override
	bench pattern=pair size=1,2,3,5,7 alloc=kspan
	bench pattern=zero size=class alloc=kspan
	bench pattern=zero size=8,64,1024,8192 alloc=heap,pool,override
	bench pattern=strdup size=2,8,23,64,256 alloc=kspan,kmalloc
	bench_again pattern=pair size=8,64,1024 alloc=region
	bench pattern=pair size=40000,100000,1000000,3000000,4194304 alloc=kspan
	bench pattern=rcu size=16,64,1024 alloc=kspan,kmalloc	# leaves much in the caches, so it is the last
}

suite_modes()
{
	tag=" mode=kmalloc"
	bench pattern=pair,batch size=64,1024 alloc=kmalloc
	for mode in default profile_bytes=524288 track=1 randomize=1 debug=F debug=FZ debug=FZP debug=FZPU debug=FZPUQ; do
		unload
		if [ $mode = default ]; then kspan_load; else kspan_load $mode; fi
		bench_load
		tag=" mode=$mode"
		bench pattern=pair,batch size=64,1024 alloc=kspan
	done
	traced
	tag=
	for ms in 0 100 10 1; do
		guarded $ms
	done
}

# With two tracepoints enabled, so that each object is told of.
traced()
{
	events=/sys/kernel/tracing/events/kspan
	unload
	kspan_load
	bench_load
	echo 1 >$events/alloc/enable && echo 1 >$events/free/enable || fail "no tracepoint"
	tag=" mode=kspan:alloc,kspan:free"
	bench pattern=pair,batch size=64,1024 alloc=kspan
	echo 0 >$events/enable
}

# A million pairs of 64 bytes, of 1,000 that are live at a time; instructions are the time here.
guarded()
{
	unload
	kspan_load guard_interval_ms=$1
	insmod /kspan/kspan_memory.ko || fail "kspan_memory.ko does not load"
	before=$(kernel_time kspan-bench-before)
	for round in 0 1 2 3 4 5 6 7 8 9; do
		echo "cycle kspan 64 6400000" >/sys/module/kspan_memory/parameters/action || fail "no cycle"
	done
	after=$(kernel_time kspan-bench-after)
	echo "guard ms=$1 us=$(awk "BEGIN { print int(($after - $before) * 1000000) }")" >>$OUT/lines
	rmmod kspan_memory
	bench_load
}

suite_exact()
{
	suite_gate
	bench pattern=pair,zero size="$sizes"
	bench pattern=pair_const size="$sizes"
	bench pattern=batch,batch_rev,batch_shuf size="$sizes"
	bench pattern=bulk16,bulk64 size="$sizes"
	bench pattern=tiny,churn_mix
	bench pattern=churn size="$some"
	bench pattern=pair size=large alloc=$GENERAL,vmalloc
	[ -n "$QUICK" ] || bench pattern=churn size=64 live=1000000 alloc=$GENERAL,cache rounds=3
	arenas
	[ -n "$QUICK" ] || replay
}

suite_native()
{
	bench pattern=pair,batch,batch_rev,batch_shuf size="$sizes" threads=all alloc=$GENERAL,cache
	bench pattern=larson,prodcons size="$some" threads=all alloc=$GENERAL,cache
	bench pattern=pair_const,zero,bulk16,bulk64 size="$some" alloc=$GENERAL,cache,vmalloc
	bench pattern=pair,batch size="$some" alloc=$GENERAL,vmalloc rounds=3
	bench pattern=tiny,churn_mix alloc=all
	bench pattern=churn size="$some" alloc=$GENERAL,cache
	bench pattern=pair size=large alloc=$GENERAL,vmalloc
	[ -n "$QUICK" ] || bench pattern=churn size=64 live=1000000 alloc=$GENERAL,cache rounds=9
	arenas
	[ -n "$QUICK" ] || replay
}

suite_sweep()
{
	for call in alloc zalloc calloc memdup strdup grow1.25 grow2 shrink1.25 shrink2 \
		    heap_alloc heap_zalloc pool_alloc pool_zalloc; do
		echo "sweep $call"
		echo "$call ${QUICK:-16}" >$BENCH/sweep || fail "this sweep failed: $call"
		cat $BENCH/sweep >>$OUT/lines
	done
}

# The same work with one arena and with forty, small ones, so that so many fit. Batches have to fit into one.
arenas()
{
	unload
	kspan_load arena_mb=4
	bench_load
	for n in 0 40; do
		echo $n >$BENCH/ballast || fail "no $n arenas"
		tag=" ballast=$n"
		bench pattern=pair,batch,batch_shuf size=64,1024 alloc=kspan
		bench pattern=batch size=8192 live=128 alloc=kspan
		bench pattern=pair size=65536 alloc=kspan
	done
	tag=
	unload
	kspan_load
	bench_load
}

# replay_load PARAMETER...: kspan anew, and kspan_replay with the recording
replay_load()
{
	unload
	kspan_load
	insmod /kspan/kspan_replay.ko "$@" || fail "kspan_replay.ko does not load"
	xzcat "$SELFTESTS/data/boot-fs.trace.xz" | cat >$REPLAY/trace || fail "the recording was not read"
}

# What the real recording says of memory; its speed is that of the replayer and is not used.
replay()
{
	echo "$METHOD trace replay"
	replay_load rounds=0
	for allocator in kspan kmalloc; do
		echo $allocator >$REPLAY/run || fail "the replay through $allocator failed"
	done
	awk '{ print "replay " $1 "=" $2 }' $REPLAY/result >>$OUT/lines
	rmmod kspan_replay
	bench_load
}

# Each call of the recording, twice: the first time kspan makes segments, and keeps them. That the counter counts
# instructions kspan_bench has seen.
suite_worst()
{
	replay_load times=1
	echo 3600000 >/sys/module/kspan/parameters/arena_decay_ms
	for allocator in kspan kmalloc; do
		for pass in first second; do
			echo "$METHOD $allocator $pass"
			echo $allocator >$REPLAY/run || fail "the replay through $allocator failed"
			sed -n "s/^${allocator}_\(sleeping\|atomic\|free\)_/worst $pass $allocator \1 /p" $REPLAY/result >>$OUT/lines
		done
	done
	rmmod kspan_replay
	bench_load
}

# Objects of which a span has many, of some classes, one of a span of its own, and one that is large.
irqs_off()
{
	kspan_load segment_mb=64	# for how long vmalloc has interrupts off is not kspan's to say
	insmod /kspan/kspan_stuck.ko || fail "kspan_stuck.ko does not load"
	for size in 8 64 1024 32768 65536; do
		echo "irqs_off - $size" >/sys/module/kspan_stuck/parameters/action || fail "size $size failed"
		cat /sys/module/kspan_stuck/parameters/result >>$OUT/lines
	done
	rmmod kspan_stuck kspan || fail "the modules do not unload"
}

main
