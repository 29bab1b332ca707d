#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# modes.sh [--no-build]: what track=1, randomize=1, the debug modes and guard objects cost, in instructions a pair on the
# stock kernel in QEMU; kmalloc beside them, also with slub_debug=FZPU. Prints a table; exit status 4 when the kernel
# cannot be had.

set -eu
# shellcheck source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"

options=()
for word in "$@"; do
	case $word in
	--no-build) options+=(--no-build) ;;
	-h | --help) usage "$0"; exit 0 ;;
	*) die "no option $word; see -h" ;;
	esac
done

# guest NAME [WORD]: the guest's lines in $work/NAME; WORD is added to the kernel's command line
guest()
{
	"$vm_dir/run.sh" --icount --mem 1024 --append "init_on_alloc=0 mitigations=off nokaslr ${2:-}" \
		--get "/tmp/bench/lines:$work/$1" "${options[@]}" stock bench/guest.sh modes >"$work/output" ||
		{ status=$?; cat "$work/output" >&2; exit "$status"; }
	options=(--no-build)
}

# The lines of both boots become a table.
table()
{
	awk '
	function value(name,   i, pair) {
		for (i = 2; i <= NF; i++) {
			split($i, pair, "=")
			if (pair[1] == name)
				return substr($i, length(name) + 2)
		}
	}
	$1 == "bench" && value("alloc") != "none" {
		mode = value("mode")
		if (!(mode in seen))
			order[++n] = mode
		seen[mode] = 1
		insn[mode, value("pattern") value("size")] = value("value")
	}
	$1 == "guard" { us[value("ms")] = value("us") }
	END {
		printf "%-28s %10s %10s %10s %10s\n", "instructions a pair", "pair 64 B", "pair 1 KB", "batch 64 B", "batch 1 KB"
		for (i = 1; i <= n; i++) {
			mode = order[i]
			printf "%-28s %10.0f %10.0f %10.0f %10.0f\n", mode, insn[mode, "pair64"], insn[mode, "pair1024"],
				insn[mode, "batch64"], insn[mode, "batch1024"]
		}
		for (ms = 100; ms >= 1; ms /= 10)
			printf "guard_interval_ms=%-3d a million pairs of 64 bytes take %+.2f %%\n", ms,
				100 * (us[ms] - us[0]) / us[0]
	}' "$1"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-modes.XXXXXX")
trap 'rm -rf "$work"' EXIT
guest plain
guest slub slub_debug=FZPU
{
	grep ' mode=kmalloc$' "$work/plain"
	grep ' mode=kmalloc$' "$work/slub" | sed 's/mode=kmalloc$/mode=kmalloc, slub_debug=FZPU/; s/, slub/,slub/'
	grep -v ' mode=kmalloc$' "$work/plain"
} >"$work/lines"
table "$work/lines"
