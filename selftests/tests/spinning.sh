#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A real-time task that never ends has a CPU for itself. What others ask of kspan on the other CPUs ends all the same.

. "$(dirname "$0")/lib.sh"

readonly RUNTIME=/proc/sys/kernel/sched_rt_runtime_us
readonly WATCHDOG=/sys/module/workqueue/parameters/watchdog_thresh
readonly CPU=/sys/devices/system/cpu

# Of these the reserve has a dozen.
readonly LARGE=40000
readonly SERVED=60

# The CPU's cache has something that has to be drained.
warm()
{
	taskset "$spinning_mask" sh -c "echo sane >$MISUSE_ACTION"
}

spin_begin()
{
	runtime=$(cat $RUNTIME)
	echo -1 >$RUNTIME
	# work that is bound to that CPU waits as long: what complains of it is silenced
	if [ -w $WATCHDOG ]; then
		watchdog=$(cat $WATCHDOG)
		echo 0 >$WATCHDOG
	fi
	taskset "$spinning_mask" sh -c 'while :; do :; done' &
	spinning=$!
	wait_for 60 is_there && stuck fifo - "$(softirqd)" && stuck fifo_low - $spinning && spins
}

# The thread that has to run for RCU to go on, without which the kernel itself waits for ever: modules do not go, nor CPUs.
softirqd()
{
	for file in /proc/[0-9]*/comm; do
		read -r comm <"$file" && [ "$comm" = ksoftirqd/$last ] && basename "${file%/comm}"
	done 2>/dev/null
}

# The loop has its CPU.
is_there()
{
	[ "$(cat /proc/$spinning/comm)" = sh ] && [ "$(awk '{ print $39 }' /proc/$spinning/stat)" = $last ]
}

# Its policy is SCHED_FIFO.
spins()
{
	[ "$(awk '{ print $41 }' "/proc/$spinning/stat")" = 1 ]
}

spin_end()
{
	[ -z "${spinning:-}" ] || kill -9 "$spinning" 2>/dev/null
	spinning=
	[ -z "${runtime:-}" ] || echo "$runtime" >$RUNTIME
	[ -z "${watchdog:-}" ] || echo "$watchdog" >$WATCHDOG
	switch_on
}

cleanup()
{
	spin_end
}

switch_on()
{
	[ -z "${switched:-}" ] || [ "$(cat "$switched/online")" = 1 ] || echo 1 >"$switched/online"
}

# A CPU that neither this script nor the loop has.
off_and_on()
{
	echo 0 >"$switched/online" && echo 1 >"$switched/online"
}

# while_spinning DESCRIPTION COMMAND...: it returns while the loop still runs
while_spinning()
{
	what=$1
	shift
	check "$what" returns "$@"
	check "meanwhile the loop goes on" spins
}

begin
last=$(($(grep -c ^processor /proc/cpuinfo) - 1))
[ $last -ge 1 ] || skip_all "one CPU"
[ -w $RUNTIME ] || skip_all "no $RUNTIME"
command -v taskset >/dev/null || skip_all "no taskset"
spinning_mask=$(printf %x $((1 << last)))
[ $last -lt 2 ] || [ ! -w $CPU/cpu1/online ] || switched=$CPU/cpu1
taskset -p 1 $$ >/dev/null
must "load kspan" load kspan arena_mb=4
must "load kspan_misuse" load kspan_misuse
must "load kspan_stuck" load kspan_stuck
must "make a heap" misuse heap_open
check "fill it" misuse heap_fill 64 1000
check "use kspan on the CPU of the loop" warm
must "a loop of a real-time task begins" spin_begin

while_spinning "make a heap" stuck limit_open - 1048576
while_spinning "use it" stuck limit_take - 64 1000
while_spinning "read the figures" cat $KSPAN_DEBUGFS/stats
while_spinning "and those of a heap" cat "$KSPAN_DEBUGFS/heaps/misuse/stats"
while_spinning "and the table of classes" cat $KSPAN_DEBUGFS/size_classes
while_spinning "trim" write_to 1 $KSPAN_DEBUGFS/trim
while_spinning "allocate without sleeping, from an empty reserve on" stuck served - $LARGE $SERVED
if [ -n "$returned" ]; then
	equal "each is served" "$(stuck_result served)" $SERVED
else
	fail "each is served"
fi
while_spinning "read the figures after it" cat $KSPAN_DEBUGFS/stats
while_spinning "reset a heap" misuse heap_reset
while_spinning "destroy a heap" stuck limit_close
while_spinning "make one again" stuck limit_open - 1048576
if [ -n "${switched:-}" ]; then
	while_spinning "a CPU goes and comes" off_and_on
else
	skip "a CPU goes and comes" "all two CPUs are in use"
fi
while_spinning "unload a client that has heaps" unload kspan_stuck
spin_end
check "what waited goes on" waited
check "destroy the heap" misuse heap_close
check "unload the clients" unload kspan_misuse
check "unload kspan_stuck" unload kspan_stuck
balanced
check "unload kspan" unload kspan
finish
