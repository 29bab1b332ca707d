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
		if (f["step"] == "nothing") {
			own[f["size"]] = f["insn"]
			printf "# the timer alone: %d, %d times\n", f["insn"], f["interrupts"]
			next
		}
		insn = f["insn"] - own[f["size"]]
		if (insn < 0)
			insn = 0
		good = insn <= limit && f["interrupts"] > 0
		failed += !good
		printf "%sok %d interrupts off, %d bytes, %s: %d of %d, timer %d times\n", good ? "" : "not ", ++n,
			f["size"], f["step"], insn, limit, f["interrupts"]
	}
	END {
		printf "1..%d\n", n
		exit failed > 0 || !n
	}' "$work/lines"
