#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# worst.sh [--lines DIR] [--no-build] [BOOT...]: how many instructions the calls of the recording take, kspan's beside
# kmalloc's in one boot of the stock kernel in QEMU: half of them at most, 99 and 99.9 %, and the longest; allocations
# that may sleep, atomic ones and frees apart. The recording is replayed twice by each: the first time kspan makes its
# segments, which QEMU counts as an instruction for each byte cleared. A boot is "bare", without zeroing and mitigations,
# or "debian", as Debian's kernels boot; both by default. --lines keeps the raw figures. Prints tables; exit status 4
# when the kernel cannot be had.

set -eu
# shellcheck source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"
# shellcheck source=boots.sh
. "$selftests/bench/boots.sh"

lines="" options=() boots=()
while [ $# -gt 0 ]; do
	case $1 in
	--lines) lines=$2; shift ;;
	--no-build) options+=(--no-build) ;;
	-h | --help) usage "$0"; exit 0 ;;
	bare | debian) boots+=("$1") ;;
	*) die "no option $1; see -h" ;;
	esac
	shift
done
[ ${#boots[@]} -gt 0 ] || boots=(bare debian)

# The lines of one boot become a table.
table()
{
	awk -v boot="$1" '
	$1 == "worst" { value[$2, $3, $4, $5] = $6 }
	function row(pass, kind, allocator,   key) {
		key = pass SUBSEP allocator SUBSEP kind
		printf "%-7s %-9s %-8s %8d %7d %7d %7d %10d %9d %9d %10d\n", pass, kind, allocator,
			value[key, "calls"], value[key, "p50"], value[key, "p99"], value[key, "p999"], value[key, "most"],
			value[key, "most_size"], value[key, "discarded"], value[key, "discarded_most"]
	}
	END {
		printf "%s, instructions a call\n", boot
		printf "%-7s %-9s %-8s %8s %7s %7s %7s %10s %9s %9s %10s\n", "replay", "call", "", "calls", "p50", "p99", "p99.9",
			"most", "of bytes", "discarded", "their most"
		split("first second", passes)
		split("sleeping atomic free", kinds)
		for (p = 1; p <= 2; p++) {
			for (k = 1; k <= 3; k++) {
				row(passes[p], kinds[k], "kspan")
				row(passes[p], kinds[k], "kmalloc")
			}
		}
	}' "$2"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-worst.XXXXXX")
trap 'rm -rf "$work"' EXIT
count_in_boots worst
for boot in "${boots[@]}"; do
	table "$boot" "$work/$boot"
done
