# SPDX-License-Identifier: GPL-2.0
# Sourced by demo.sh and replay.sh: loads the modules, replays the recording, looks at the result
# and at what is left when the modules are gone. Plain sh, as busybox has it. A script that sources
# this defines condition(): condition TEXT COMMAND... records whether COMMAND succeeds.

SELFTESTS=$(cd "$(dirname "$0")/.." && pwd)
KSPAN_DEBUGFS=/sys/kernel/debug/kspan
REPLAY_DEBUGFS=/sys/kernel/debug/kspan_replay

# Of data/boot-fs.trace.xz; data/README.md says what they are.
TRACE=$SELFTESTS/data/boot-fs.trace.xz
TRACE_EVENTS=319974
TRACE_SOFTIRQ=6411
TRACE_PEAK=5760295

# The path of a module: KSPAN_MODULES, the VM's /kspan, or the tree this script lies in.
module_path()
{
	for dir in ${KSPAN_MODULES:-} /kspan "$SELFTESTS/.." "$SELFTESTS"/clients/*; do
		if [ -f "$dir/$1.ko" ]; then
			echo "$dir/$1.ko"
			return 0
		fi
	done
	return 1
}

module_loaded()
{
	[ -d "/sys/module/$1" ]
}

# module_load NAME [PARAMETER=VALUE]...
module_load()
{
	name=$1
	shift
	path=$(module_path "$name") && insmod "$path" "$@"
}

module_unload()
{
	! module_loaded "$1" || rmmod "$1"
}

debugfs_mount()
{
	grep -q ' /sys/kernel/debug debugfs ' /proc/mounts ||
		mount -t debugfs debugfs /sys/kernel/debug
}

# Vmalloc areas as large as an arena can be.
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
surroundings_note()
{
	big_before=$(big_areas)
	orphans_before=$(orphan_areas)
	log_before=$(dmesg | wc -l)
}

log_since()
{
	dmesg | tail -n +$((log_before + 1))
}

# Nothing that the kernel reports of itself, nor that kspan reports of a bad client.
log_clean()
{
	log=$(mktemp) || return 1
	log_since > "$log"
	sh "$SELFTESTS/tests/scan-dmesg.sh" "$log" && ! grep -E 'kspan: .*(free|still live)' "$log"
	clean=$?
	rm -f "$log"
	return $clean
}

replay_feed()
{
	xzcat "$TRACE" | cat > "$REPLAY_DEBUGFS/trace"
}

# replay_run ALLOCATOR
replay_run()
{
	echo "$1" > "$REPLAY_DEBUGFS/run"
}

# result NAME: a value of the last replay
result()
{
	awk -v name="$1" '$1 == name { print $2 }' "$REPLAY_DEBUGFS/result"
}

# stat_of NAME: a value of kspan's own statistics
stat_of()
{
	awk -v name="$1" '$1 == name { print $2 }' "$KSPAN_DEBUGFS/stats"
}

# is NAME VALUE
is()
{
	[ "$(result "$1")" = "$2" ] && return 0
	echo "# $1 is '$(result "$1")', not $2"
	return 1
}

replayed_all()
{
	is "$1_events" "$TRACE_EVENTS" &&
		is "$1_replayed" $((TRACE_EVENTS * $(result "$1_passes")))
}

# What was retried, with leave to sleep, ran in task context instead.
reached_softirq()
{
	[ $(($(result "$1_in_softirq") + $(result "$1_retried"))) -ge "$TRACE_SOFTIRQ" ]
}

# live_objects_are NUMBER
live_objects_are()
{
	[ "$(stat_of live_objects)" = "$1" ]
}

held_below_kmalloc()
{
	[ "$(result kspan_peak_held_bytes)" -lt "$(result kmalloc_peak_held_bytes)" ]
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

absent()
{
	[ ! -e "$1" ]
}

no_areas_left()
{
	! grep -q '\[kspan\]' /proc/vmallocinfo && [ "$(big_areas)" -le "$big_before" ] &&
		[ "$(orphan_areas)" -le "$orphans_before" ]
}

no_caches_left()
{
	! grep -q kspan /proc/slabinfo
}

# What has to be true once kspan.ko is gone.
conditions_left()
{
	condition "no module left" absent /sys/module/kspan
	condition "no debugfs directory left" absent "$KSPAN_DEBUGFS"
	condition "no arena left in /proc/vmallocinfo" no_areas_left
	condition "no slab cache left" no_caches_left
}
