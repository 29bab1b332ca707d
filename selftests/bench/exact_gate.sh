#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# exact_gate.sh [--measured] [--no-build]: counts the instructions of pair and batch, every size class, on the stock
# kernel in QEMU and compares them with the file "limits" beside this script. Prints TAP; exit status 1 when a figure
# is above its limit, 4 when the kernel cannot be had. --measured prints the figures in the form of that file instead.

set -eu
# shellcheck source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"

measured="" options=()
for word in "$@"; do
	case $word in
	--measured) measured=--measured ;;
	--no-build) options+=(--no-build) ;;
	-h | --help) usage "$0"; exit 0 ;;
	*) die "no option $word; see -h" ;;
	esac
done

need_packages python3
work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$vm_dir/run.sh" --icount --mem 1024 --append 'init_on_alloc=0 mitigations=off nokaslr' \
	--get "/tmp/bench/lines:$work/lines" "${options[@]}" \
	stock bench/guest.sh gate >"$work/output" || { status=$?; cat "$work/output" >&2; exit "$status"; }
python3 "$selftests/bench/report.py" --limits "$selftests/bench/limits" $measured "exact=$work/lines"
