#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# An allocation with __GFP_NOFAIL waits while there is no memory, and is served as soon as a process lets go of some.

. "$(dirname "$0")/lib.sh"

readonly PROCESS_MB=100
readonly HOLD_MS=1000		# the client's

oom_kills()
{
	value_of oom_kill /proc/vmstat
}

# A process that waits with memory, each byte of it written; its number is in $holder.
hold_memory()
{
	mkfifo "$scratch/full"
	sleep 600 <>"$scratch/full" &
	reader=$!
	dd if=/dev/zero of="$scratch/full" bs=${PROCESS_MB}M count=1 2>/dev/null &
	holder=$!
	wait_for 60 has_memory
}

has_memory()
{
	[ "$(value_of VmRSS: /proc/$holder/status | tr -dc 0-9)" -ge $((PROCESS_MB * 1024)) ]
}

# served BACKING SIZE
served()
{
	must "a process holds $PROCESS_MB MB" hold_memory
	check "$1: use up the memory, then allocate $2 bytes" stuck nofail "$1" "$2" $holder
	sed 's/^/# /' "$STUCK_RESULT"
	equal "without the flag it fails" "$(stuck_result refused)" 1
	equal "with it it is served" "$(stuck_result served)" 1
	at_least "after the process has ended, ms" "$(stuck_result waited_ms)" $HOLD_MS
	kill $reader 2>/dev/null
	wait $reader $holder 2>/dev/null
	rm -f "$scratch/full"
}

begin
[ -n "${KSPAN_VM:-}" ] || skip_all "not in a guest"
must "load kspan" load kspan
must "load kspan_stuck" load kspan_stuck
kills=$(oom_kills)
for backing in vmalloc direct; do
	for size in 64 3000000; do
		served $backing $size
	done
done
equal "no process was killed for memory" "$(oom_kills)" "$kills"
check "unload kspan_stuck" unload kspan_stuck
balanced
check "unload kspan" unload kspan
finish
