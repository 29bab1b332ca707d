#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# irqsoff.sh [--no-build]: how many instructions kspan executes at most with interrupts off, in each step that allocates,
# frees or gives back many objects, on the stock kernel in QEMU. A timer looks how late it is; what it is late while
# nothing happens is its own way and not counted. Prints TAP with the figure of each step; exit status 1 when one is over
# LIMIT, 4 when the kernel cannot be had.

set -eu
# shellcheck source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"

readonly LIMIT=10000

options=()
for word in "$@"; do
	case $word in
	--no-build) options+=(--no-build) ;;
	-h | --help) usage "$0"; exit 0 ;;
	*) die "no option $word; see -h" ;;
	esac
done

work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-irqsoff.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$vm_dir/run.sh" --icount --mem 1024 --append 'init_on_alloc=0 mitigations=off nokaslr' \
	--get "/tmp/bench/lines:$work/lines" "${options[@]}" \
	stock bench/guest.sh irqsoff >"$work/output" || { status=$?; cat "$work/output" >&2; exit "$status"; }

echo "TAP version 13"
awk -v limit=$LIMIT '
	$1 == "irqsoff" {
		for (i = 2; i <= NF; i++) {
			split($i, pair, "=")
			f[pair[1]] = pair[2]
		}
		if (f["step"] == "arena") {
			print "# not counted, of the kernel, in vfree() of an arena: " f["insn"] " " f["at"]
		} else if (f["step"] != "nothing") {
			title[++n] = f["size"] " bytes, " f["step"]
			insn[n] = f["insn"]
			times[n] = f["interrupts"]
			at[n] = f["at"]
		} else if (f["interrupts"] > 100) {
			own = f["insn"] > own ? f["insn"] : own
		} else {
			print "Bail out! The timer does not come"
			bad = 1
			exit
		}
	}
	END {
		if (bad || !n)
			exit 1
		printf "# the timer alone: %d\n", own
		for (i = 1; i <= n; i++) {
			off = insn[i] > own ? insn[i] - own : 0
			over = (off > limit)
			failed += over
			printf "%sok %d interrupts off, %s: %d of %d, %d looks\n", over ? "not " : "", i, title[i], off, limit,
				times[i]
			if (over)
				print "# " at[i]
		}
		printf "1..%d\n", n
		exit failed > 0
	}' "$work/lines"
