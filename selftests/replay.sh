#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A real recording of kernel allocations, replayed through kspan and through kmalloc on the CPUs
# and in the contexts it was made in, every byte checked. TAP; as root; exit status 4: skipped.
# KSPAN_MODULES may name the directory of the .ko files.

# shellcheck source=replay_lib.sh
. "$(dirname "$0")/replay_lib.sh"

count=0
failed=0

condition()
{
	text=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count $text"
	else
		echo "not ok $count $text"
		failed=$((failed + 1))
	fi
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 4
}

malformed_refused()
{
	! printf 'a 0 32 0 t s- f\nf 0 0 q\n' 2>/dev/null > "$REPLAY_DEBUGFS/trace" &&
		log_since | grep -q 'line 2 of the recording' &&
		! replay_run kspan 2>/dev/null
}

# The last line has no line feed: that is allowed. The context is a hard interrupt.
hardirq_replayed()
{
	printf 'a 0 64 0 i az f\na 1 5 1 i a- f\nf 0 1 i' > "$REPLAY_DEBUGFS/trace" &&
		replay_run kspan && is kspan_lost 0 && is kspan_corrupted 0 &&
		[ $(($(result kspan_in_hardirq) + $(result kspan_retried))) -ge 3 ]
}

# A signal ends a run that would take very long, and nothing stays allocated.
signal_ends_run()
{
	rounds=/sys/module/kspan_replay/parameters/rounds
	echo 1000 > $rounds
	replay_run kspan 2>/dev/null &
	sleep 1
	kill -TERM $!
	! wait $! && echo 1 > $rounds && live_objects_are "$live_before"
}

load()
{
	[ -n "$kept" ] || module_load kspan
}

unload()
{
	module_unload kspan_replay && { [ -n "$kept" ] || module_unload kspan; }
}

[ "$(id -u)" = 0 ] || skip_all "not root"
[ ! -d /sys/module/kspan_replay ] || skip_all "kspan_replay is loaded already"
module_path kspan_replay > /dev/null || skip_all "no kspan_replay.ko: build the clients first"
debugfs_mount || skip_all "no debugfs"
command -v xzcat > /dev/null || skip_all "no xzcat"

echo "TAP version 13"
surroundings_note
kept=
! module_loaded kspan || kept=1

condition "kspan is loaded" load
condition "the replayer loads" module_load kspan_replay rounds=1
live_before=$(stat_of live_objects)
condition "a malformed line is refused and named" malformed_refused
condition "the recording is read" replay_feed
for allocator in kspan kmalloc; do
	condition "$allocator: replay" replay_run $allocator
	conditions_of $allocator
done
condition "kspan's peak of held bytes is below kmalloc's" held_below_kmalloc
sed 's/^/# /' "$REPLAY_DEBUGFS/result"
condition "a signal ends a run" signal_ends_run
condition "events in hard interrupts" hardirq_replayed
condition "kspan counts no live object more" live_objects_are "$live_before"
condition "the modules unload" unload
[ -n "$kept" ] || conditions_left
condition "the kernel log has no report" log_clean

echo "1..$count"
[ "$failed" = 0 ]
