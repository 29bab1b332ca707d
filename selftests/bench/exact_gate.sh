#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# exact_gate.sh [--measured] [--no-build] [BOOT...]: counts the instructions of pair and batch, every size class, and of
# other calls, on the stock kernel in QEMU and compares them with the files limits-BOOT beside this script. A boot is
# "bare", without zeroing and mitigations, or "debian", as Debian's kernels boot; both by default. Prints TAP; exit
# status 1 when a figure is above its limit, 4 when the kernel cannot be had. --measured prints the figures in the form of
# those files instead.

set -eu
# shellcheck source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"
# shellcheck source=boots.sh
. "$selftests/bench/boots.sh"

measured="" options=() boots=()
for word in "$@"; do
	case $word in
	--measured) measured=--measured ;;
	--no-build) options+=(--no-build) ;;
	-h | --help) usage "$0"; exit 0 ;;
	bare | debian) boots+=("$word") ;;
	*) die "no option $word; see -h" ;;
	esac
done
[ ${#boots[@]} -gt 0 ] || boots=(bare debian)

need_packages python3
work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
count_in_boots gate
status=0
python3 "$selftests/bench/report.py" --limits "$selftests/bench/limits" $measured \
	$(printf '%s\n' "${boots[@]}" | sed "s|.*|&=$work/&|") || status=$?
exit "$status"
