#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What `make demo' runs in the virtual machine: kspan.ko at work on a stock kernel, with a client
# and with a recording of real kernel allocations, and then gone without a trace. The exit status
# says whether everything was as it should be.

. "$(dirname "$0")/lib.sh"
# shellcheck source=replay_lib.sh
. "$(dirname "$0")/replay_lib.sh"

bad=

condition()
{
	text=$1
	shift
	"$@" > /dev/null || bad="$bad  $text
"
}

title()
{
	printf '\n=== %s\n' "$*"
}

# step TEXT COMMAND...: nothing after it makes sense if it fails
step()
{
	text=$1
	shift
	"$@" && return 0
	printf '\ndemo: FAILED: %s\n' "$text"
	dmesg | tail -n 20
	exit 1
}

kernel_log()
{
	dmesg | grep "$1" | tail -n "${2:-5}"
}

show_kspan()
{
	title "$KSPAN_DEBUGFS/stats"
	cat "$KSPAN_DEBUGFS/stats"
	title "$KSPAN_DEBUGFS/size_classes (classes that were used)"
	awk 'NR == 1 || $6 + 0 > 0 || $1 == "Total"' "$KSPAN_DEBUGFS/size_classes"
	title "$KSPAN_DEBUGFS/mcaches (the first rows)"
	head -n 9 "$KSPAN_DEBUGFS/mcaches"
	title "$KSPAN_DEBUGFS/arenas"
	head -n 9 "$KSPAN_DEBUGFS/arenas"
}

row()
{
	printf '%-24s%16s%16s\n' "$1" "$2" "$3"
}

compare()
{
	row "$1" "$(outcome "kspan_$2")" "$(outcome "kmalloc_$2")"
}

# Kept in a variable: the replayer and its debugfs files are gone when it is shown.
summary()
{
	row '' kspan kmalloc
	compare 'CPUs' cpus
	compare 'events replayed' replayed
	compare 'events a second' events_per_second
	compare 'peak bytes asked for' peak_requested_bytes
	compare 'peak bytes held' peak_held_bytes
	compare 'waste, percent' waste_percent
	compare corrupted corrupted
	compare misaligned misaligned
	compare 'not zeroed' unzeroed
	compare failed failed
	compare 'retried with sleep' retried
	compare lost lost
	echo
	echo "Held: kspan's is all pages of its spans, caches included; kmalloc's is only the sum of"
	echo "ksize() over live objects, a lower bound of what its slabs hold."
}

step "this is a virtual machine's first run of kspan" absent /sys/module/kspan
step "debugfs" debugfs_mount
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
log_begin
areas_note

title "Linux $(uname -r), $(grep -c ^processor /proc/cpuinfo) CPUs: insmod kspan.ko"
step "insmod kspan.ko" load kspan
kernel_log kspan:

title "a module that uses it: kspan_example.ko"
step "insmod kspan_example.ko" load kspan_example words=span,arena,allocator
kernel_log kspan_example:

title "a recording of $TRACE_EVENTS real kernel allocations and frees, replayed"
step "insmod kspan_replay.ko" load kspan_replay
step "reading the recording" replay_feed
kernel_log kspan_replay: 1
for allocator in kspan kmalloc; do
	echo "through $allocator ..."
	step "replay through $allocator" replay_run $allocator
	conditions_of $allocator
done
condition "kspan's peak of held bytes is below kmalloc's" held_below_kmalloc
show_kspan
summary=$(summary)

title "rmmod"
step "rmmod kspan_replay" unload kspan_replay
step "rmmod kspan_example" unload kspan_example
condition "live_objects is 0" value_is live_objects 0
step "rmmod kspan" unload kspan
kernel_log kspan: 2
conditions_left
condition "the kernel log has no report" log_clean
condition "kspan reported nothing" kspan_reported_nothing
echo "/sys/module/kspan: $(ls -d /sys/module/kspan 2>/dev/null || echo gone)"
echo "arenas in /proc/vmallocinfo: $(grep -c '\[kspan\]' /proc/vmallocinfo)"
echo "slab caches of kspan: $(grep -c kspan /proc/slabinfo)"

title "summary"
echo "$summary"
if [ -n "$bad" ]; then
	printf '\ndemo: FAILED, these do not hold:\n%s' "$bad"
	log_clean
	exit 1
fi
printf '\ndemo: all conditions hold\n'
