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

# refused_at LINE TEXT: the recording TEXT is refused, the message names LINE, nothing is left to run
refused_at()
{
	marks=$(log_since | grep -c "line $1 of the recording")
	! printf '%b' "$2" 2>/dev/null > "$REPLAY_DEBUGFS/trace" &&
		[ "$(log_since | grep -c "line $1 of the recording")" -gt "$marks" ] &&
		! replay_run kspan 2>/dev/null && return 0
	printf '# not refused: %s\n' "$2"
	return 1
}

malformed_refused()
{
	good='a 0 32 0 t s- site\n'
	refused_at 1 'a 1 32 0 t s- the-ID-is-not-the-next\n' &&
		refused_at 2 "${good}a 1 x 0 t s- no-size\n" &&
		refused_at 1 'a 0 -1 0 t s- no-size\n' &&
		refused_at 1 'a 0 4294967296 0 t s- no-size\n' &&
		refused_at 1 'a 0 32 65535 t s- no-CPU\n' &&
		refused_at 1 'a 0 32 0 x s- no-context\n' &&
		refused_at 1 'a 0 32 0 t q- no-flags\n' &&
		refused_at 1 'a 0 32 0 s s- may-not-sleep\n' &&
		refused_at 1 'a 0  32 0 t s- two-spaces\n' &&
		refused_at 1 'a 0 32 0 t s-\n' &&
		refused_at 1 'a 0 32 0 t s- site more\n' &&
		refused_at 2 "$good\n" &&
		refused_at 2 "${good}f 0 0 q\n" &&
		refused_at 2 "${good}f 1 0 t\n" &&
		refused_at 3 "${good}f 0 0 t\nf 0 0 t\n" &&
		refused_at 1 "a 0 32 0 t s- $(printf '%300s' too-long)\n"
}

# A line comes in two pieces, the last one has no line feed: both is allowed.
hardirq_replayed()
{
	{ printf 'a 0 64 0 i az f\na 1 5 1'; printf ' i a- f\nf 0 1 i'; } > "$REPLAY_DEBUGFS/trace" &&
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
	wait $!
	[ $? -eq 143 ] && echo 1 > $rounds && live_objects_are "$live_before"	# 128 + SIGTERM
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
if ! module_path kspan_replay > /dev/null; then
	[ -z "${KSPAN_VM:-}" ] || exit 1	# our own guest has it
	skip_all "no kspan_replay.ko: build the clients first"
fi
debugfs_mount || skip_all "no debugfs"
command -v xzcat > /dev/null || skip_all "no xzcat"

echo "TAP version 13"
surroundings_note
kept=
! module_loaded kspan || kept=1

condition "kspan is loaded" load
condition "the replayer loads" module_load kspan_replay rounds=1
live_before=$(stat_of live_objects)
condition "malformed lines are refused and named" malformed_refused
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
