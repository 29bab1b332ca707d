#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# sweep.sh [--steps N] [--lines DIR] [--no-build] [BOOT...]: counts the instructions of each call beside its namesake of
# slab.h, at all size classes and at odd sizes from 0 to 8 MB, on the stock kernel in QEMU, and prints the worst ratio of
# each call. Above KMALLOC_MAX_SIZE the namesake is kvmalloc. A boot is "bare", without zeroing and mitigations, or
# "debian", as Debian's kernels boot; both by default. --steps: sizes a doubling above 4 KB (1 to 16, default 16). --lines
# keeps the raw figures. Prints TAP; exit status 1 when a call takes more than 1.02 times its namesake's instructions.

set -eu
# shellcheck source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"
# shellcheck source=boots.sh
. "$selftests/bench/boots.sh"

steps=16 lines="" options=() boots=()
while [ $# -gt 0 ]; do
	case $1 in
	--steps) steps=$2; shift ;;
	--lines) lines=$2; shift ;;
	--no-build) options+=(--no-build) ;;
	-h | --help) usage "$0"; exit 0 ;;
	bare | debian) boots+=("$1") ;;
	*) die "no option $1; see -h" ;;
	esac
	shift
done
[ ${#boots[@]} -gt 0 ] || boots=(bare debian)

need_packages python3
work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-sweep.XXXXXX")
trap 'rm -rf "$work"' EXIT
count_in_boots sweep "$steps"
python3 "$selftests/bench/sweep.py" $(printf '%s\n' "${boots[@]}" | sed "s|.*|&=$work/&|")
