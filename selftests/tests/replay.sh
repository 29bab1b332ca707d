#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A real recording of kernel allocations, replayed through kspan and through kmalloc on the CPUs
# and in the contexts it was made in, every byte checked. REPLAYS=N: N times.

. "$(dirname "$0")/lib.sh"
# shellcheck source=replay_lib.sh
. "$(dirname "$0")/replay_lib.sh"

condition()
{
	check "$@"
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
		[ $(($(outcome kspan_in_hardirq) + $(outcome kspan_retried))) -ge 3 ]
}

# A signal ends a run that would take very long, and nothing stays allocated.
signal_ends_run()
{
	rounds=/sys/module/kspan_replay/parameters/rounds
	echo 1000 > $rounds
	replay_run kspan 2>/dev/null &
	while value_is live_objects "$live_before" && kill -0 $!; do sleep 0.1; done	# until it has begun
	kill -TERM $!
	wait $!
	[ $? -eq 143 ] && echo 1 > $rounds && value_is live_objects "$live_before"	# 128 + SIGTERM
}

cleanup()
{
	unload kspan_replay
}

begin
needs_module kspan_replay
command -v xzcat > /dev/null || skip_all "no xzcat"
areas_note
must "load kspan" load kspan
must "load kspan_replay" load kspan_replay rounds="${REPLAYS:-1}"
live_before=$(value_of live_objects)
check "malformed lines are refused and named" malformed_refused
check "the recording is read" replay_feed
for allocator in kspan kmalloc; do
	check "$allocator: replay" replay_run $allocator
	conditions_of $allocator
done
check "kspan: 0 atomic events without memory" is kspan_retried 0
check "kspan's peak of held bytes is below kmalloc's" held_below_kmalloc
sed 's/^/# /' "$REPLAY_DEBUGFS/result"
check "a signal ends a run" signal_ends_run
check "events in hard interrupts" hardirq_replayed
check "kspan counts no live object more" value_is live_objects "$live_before"
check "unload kspan_replay" unload kspan_replay
check "unload kspan" unload kspan
conditions_left
check "kspan reported nothing" kspan_reported_nothing
finish
