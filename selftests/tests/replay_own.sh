#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What "make replay" runs in the virtual machine: a recording of one's own, /host/recording, replayed through kspan and
# through kmalloc, every byte checked, and what each took for it.

. "$(dirname "$0")/lib.sh"
# shellcheck source=replay_lib.sh
. "$(dirname "$0")/replay_lib.sh"

row()
{
	printf '%-28s%16s%16s\n' "$1" "$2" "$3"
}

compare()
{
	row "$1" "$(outcome "kspan_$2")" "$(outcome "kmalloc_$2")"
}

condition()
{
	text=$1
	shift
	"$@" >/dev/null || bad="$bad  $text
"
}

step()
{
	text=$1
	shift
	"$@" && return
	echo "replay: FAILED: $text"
	dmesg | grep kspan | tail -n 5
	exit 1
}

sound()
{
	for name in corrupted misaligned unzeroed lost failed; do
		condition "$1: 0 $name" is "$1_$name" 0
	done
}

bad=
step "load kspan" load kspan
step "load kspan_replay" load kspan_replay
step "read the recording: see the line that the log names" sh -c "cat /host/recording >$REPLAY_DEBUGFS/trace"
for allocator in kspan kmalloc; do
	step "replay through $allocator" replay_run $allocator
	sound $allocator
done
row '' kspan kmalloc
compare 'events replayed' replayed
compare 'events a second' events_per_second
compare 'peak bytes asked for' peak_requested_bytes
compare 'peak bytes held' peak_held_bytes
compare 'waste at the peak, percent' waste_percent
compare 'atomic, retried with sleep' retried
unload kspan_replay
step "all is freed" value_is live_objects 0
unload kspan
[ -z "$bad" ] || {
	printf 'replay: FAILED, these do not hold:\n%s' "$bad"
	exit 1
}
