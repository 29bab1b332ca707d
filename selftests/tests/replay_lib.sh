# SPDX-License-Identifier: GPL-2.0
# Sourced by demo.sh, replay.sh and compare.sh after lib.sh: replays the recording, looks at the result and at what is left
# when the modules are gone. A script that calls conditions_of or conditions_left defines condition(): condition TEXT
# COMMAND... records whether COMMAND succeeds.

REPLAY_DEBUGFS=/sys/kernel/debug/kspan_replay

# Of data/boot-fs.trace.xz; data/README.md says what they are.
TRACE=$SELFTESTS/data/boot-fs.trace.xz
TRACE_EVENTS=319974
TRACE_SOFTIRQ=6411
TRACE_PEAK=5760295

# Vmalloc areas larger than the kernel itself is likely to make.
big_areas()
{
	awk -v min=4194304 -v max=1e18 -f "$SELFTESTS/tests/areas.awk"
}

# Vmalloc areas whose owner has no name: it was in a module that is gone.
orphan_areas()
{
	awk -v orphans=1 -f "$SELFTESTS/tests/areas.awk"
}

# Call before the first module is loaded: what there is now is not kspan's.
areas_note()
{
	big_before=$(big_areas)
	orphans_before=$(orphan_areas)
}

# Neither a bad client nor an object left.
kspan_reported_nothing()
{
	! log_since | grep -E 'kspan: .*(free|still live)'
}

replay_feed()
{
	xzcat "$TRACE" | cat > "$REPLAY_DEBUGFS/trace"
}

# replay_feed_until EVENTS: the first of them
replay_feed_until()
{
	xzcat "$TRACE" 2>/dev/null | head -n "$1" > "$REPLAY_DEBUGFS/trace"
}

# replay_run ALLOCATOR
replay_run()
{
	echo "$1" > "$REPLAY_DEBUGFS/run"
}

# outcome NAME: a value of the last replay
outcome()
{
	value_of "$1" "$REPLAY_DEBUGFS/result"
}

# is NAME VALUE
is()
{
	[ "$(outcome "$1")" = "$2" ] && return 0
	echo "# $1 is '$(outcome "$1")', not $2"
	return 1
}

replayed_all()
{
	is "$1_events" "$TRACE_EVENTS" &&
		is "$1_replayed" $((TRACE_EVENTS * $(outcome "$1_passes")))
}

# What was retried, with leave to sleep, ran in task context instead.
reached_softirq()
{
	[ $(($(outcome "$1_in_softirq") + $(outcome "$1_retried"))) -ge "$TRACE_SOFTIRQ" ]
}

held_below_kmalloc()
{
	[ "$(outcome kspan_peak_held_bytes)" -lt "$(outcome kmalloc_peak_held_bytes)" ]
}

# conditions_of ALLOCATOR: what every replay has to show
conditions_of()
{
	condition "$1: all $TRACE_EVENTS events replayed in every pass" replayed_all "$1"
	condition "$1: 0 corrupted" is "$1_corrupted" 0
	condition "$1: 0 misaligned" is "$1_misaligned" 0
	condition "$1: 0 not zeroed" is "$1_unzeroed" 0
	condition "$1: 0 lost" is "$1_lost" 0
	condition "$1: 0 failed" is "$1_failed" 0
	condition "$1: softirq events ran in softirq" reached_softirq "$1"
	condition "$1: every event ran on its CPU" is "$1_off_cpu" 0
	condition "$1: peak is the recording's $TRACE_PEAK bytes" \
		is "$1_peak_requested_bytes" "$TRACE_PEAK"
}

no_areas_left()
{
	! grep -q '\[kspan\]' /proc/vmallocinfo && [ "$(big_areas)" -le "$big_before" ] &&
		[ "$(orphan_areas)" -le "$orphans_before" ]
}

# What has to be true once kspan.ko is gone.
conditions_left()
{
	condition "no module left" absent /sys/module/kspan
	condition "no debugfs directory left" absent "$KSPAN_DEBUGFS"
	condition "no segment left in /proc/vmallocinfo" no_areas_left
	condition "no slab cache left" no_word_of /proc/slabinfo
}
