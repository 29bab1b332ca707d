#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_replay.sh RECORDING: what kspan would do with a recording of a kernel's allocations, beside kmalloc.
#
# RECORDING comes from selftests/tools/kspan-record, and may be compressed (.gz, .xz). It is replayed on Debian's stock
# kernel in a virtual machine, as "make demo" does with the recording of selftests/data. The two rates compare with each
# other, on the same emulated machine, and with nothing else. Held: kspan's is all pages of its spans, caches included;
# kmalloc's is only the sum of ksize() over live objects, a lower bound of what its slabs hold.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly STATION=stock

main()
{
	help_wanted "$@"
	[ -n "${1:-}" ] || die "which recording? make replay RECORDING=file; selftests/tools/kspan-record -h tells how to make one"
	[ -r "$1" ] || die "cannot read $1"
	work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-replay.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	step 1 3 "read $1"
	unpack "$1" >"$work/recording" || die "$1 cannot be unpacked"
	[ "$(head -c 2 "$work/recording")" = "a " ] || die "$1 is no recording: its first line is no allocation"
	awk -f "$selftests/tools/waste.awk" "$selftests/data/size_classes.csv" "$work/recording" "$work/recording" \
		>"$work/waste" || die "$1 has no live object at any time"
	step 2 3 "Debian's stock kernel, kspan.ko and the replayer"
	"$vm_dir/kernel.sh" $STATION >/dev/null
	"$vm_dir/modules.sh" $STATION >/dev/null
	step 3 3 "boot, and replay through kspan and kmalloc"
	"$vm_dir/run.sh" --no-build --timeout 900 --cpus "$(cpus)" --file "$work/recording:/host/recording" $STATION tests/replay_own.sh
	printf '\nAt the moment when most bytes are live, by object size of kspan:\n'
	cat "$work/waste"
}

unpack()
{
	case $1 in
	*.gz) gzip -dc "$1" ;;
	*.xz) xz -dc "$1" ;;
	*) cat "$1" ;;
	esac
}

# As many as the recording has, but 2 at least and 8 at most.
cpus()
{
	awk '{ cpu = ($1 == "a" ? $4 : $3) + 1; if (cpu > n) n = cpu }
		END { print n < 2 ? 2 : n > 8 ? 8 : n }' "$work/recording"
}

main "$@"; exit
