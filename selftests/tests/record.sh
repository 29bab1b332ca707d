#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# tools/kspan-record: a known trace becomes the recording that it must; what the kernel does is recorded, and can be
# replayed; one module alone; what is lost is counted.

. "$(dirname "$0")/lib.sh"
# shellcheck source=replay_lib.sh
. "$(dirname "$0")/replay_lib.sh"

readonly TOOL=$SELFTESTS/tools/kspan-record

# Two objects at one address with an unseen free between, a free of what was there before, a name with a space and a
# bracket, each context, a failed allocation.
known()
{
	cat <<'END'
# tracer: nop
#
         a b [1]-12      [000] ..... 1.000000: kmalloc: call_site=load_elf+0x1/0x2 ptr=00000000aa bytes_req=100 bytes_alloc=128 gfp_flags=GFP_KERNEL|__GFP_ZERO accounted=false
              sh-13      [001] ..s1. 1.000100: kmalloc_node: call_site=__alloc_skb+0x1/0x2 ptr=00000000bb bytes_req=704 bytes_alloc=1024 gfp_flags=GFP_ATOMIC|__GFP_NOWARN node=-1
              sh-13      [001] d.h1. 1.000200: kfree: call_site=f+0x1/0x2 ptr=00000000cc
              sh-13      [001] d.h1. 1.000300: kfree: call_site=f+0x1/0x2 [mod] ptr=00000000bb
              sh-13      [001] ..s1. 1.000400: kmalloc: call_site=g+0x1/0x2 [mod] ptr=00000000aa bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL accounted=false
              sh-13      [001] ..... 1.000500: kmalloc: call_site=g+0x1/0x2 ptr=(null) bytes_req=8 bytes_alloc=8 gfp_flags=GFP_NOWAIT
END
}

known_recording()
{
	cat <<'END'
a 0 100 0 t sz load_elf
a 1 704 1 s a- __alloc_skb
f 1 1 i
f 0 1 s
a 2 8 1 s a- g
END
}

converts()
{
	known >"$scratch/known"
	sh "$TOOL" --convert "$scratch/known" -o "$scratch/recording" 2>"$scratch/said" || return
	known_recording | diff "$scratch/recording" - &&
		grep -q '1 objects were freed without an event' "$scratch/said" &&
		grep -q '1 frees of what was allocated before' "$scratch/said" &&
		grep -q '1 failed' "$scratch/said"
}

converts_module()
{
	sh "$TOOL" --convert "$scratch/known" -m mod -o "$scratch/recording" 2>/dev/null || return
	[ "$(cat "$scratch/recording")" = "a 0 8 1 s a- g" ]
}

# A script, as the tool runs a command.
workload()
{
	cat <<'END'
for round in 1 2 3; do
	find /proc/sys -type f -exec cat {} + >/dev/null 2>&1
	cat /proc/vmallocinfo /proc/slabinfo >/dev/null 2>&1
done
true
END
}

# record SAID OPTION... [COMMAND...]
record()
{
	said=$1
	shift
	sh "$TOOL" "$@" 2>"$scratch/$said" || {
		cat "$scratch/$said"
		return 1
	}
}

number()
{
	sed -n "s/^kspan-record: \([0-9]*\) $2.*/\1/p" "$scratch/$1"
}

replays()
{
	cat "$scratch/$1" >"$REPLAY_DEBUGFS/trace" && replay_run kspan && is kspan_lost 0 && is kspan_corrupted 0 &&
		is kspan_failed 0 && is kspan_unzeroed 0 && is kspan_misaligned 0
}

begin
check "a known trace is converted" converts
check "and of it what a module allocates" converts_module
check "no file to write to is an error" refused sh "$TOOL" -t 1
tracing=/sys/kernel/tracing
[ -d $tracing/events/kmem ] || tracing=/sys/kernel/debug/tracing
if [ ! -d $tracing/events/kmem ]; then
	skip "record this kernel" "it has no events of kmem"
	finish
fi
needs_module kspan_replay
must "load kspan" load kspan
must "load kspan_replay" load kspan_replay rounds=0
workload >"$scratch/workload"
check "no module of that name is an error" refused sh "$TOOL" -m nosuch -t 1 -o "$scratch/none"
must "record the system" record said.system -b 16 -o "$scratch/system" sh "$scratch/workload"
check "no event was lost" grep -q 'no event was lost' "$scratch/said.system"
sed 's/^/# /' "$scratch/said.system"
at_least "it allocated" "$(number said.system allocations)" 1000
check "the recording is replayed, each byte checked" replays system
must "record one module" record said.module -b 16 -m kspan_replay -o "$scratch/module" sh -c "echo kmalloc >$REPLAY_DEBUGFS/run"
sed 's/^/# /' "$scratch/said.module"
at_least "it allocated what it replayed" "$(number said.module allocations)" "$(number said.system allocations)"
check "that is replayed, too" replays module
check "a long recording is read" replay_feed_until 40000
check "a small buffer overflows" record said.lost -b 1 -o "$scratch/lost" sh -c "echo kmalloc >$REPLAY_DEBUGFS/run"
check "what is lost is counted" grep -qE '[1-9][0-9]* events were LOST' "$scratch/said.lost"
check "nothing is left of it" absent $tracing/instances/kspan-record
unload kspan_replay
check "unload kspan" unload kspan
finish
