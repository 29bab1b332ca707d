#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# component.sh [--no-build] [BOOT...]: how many instructions operations of overlayfs and autofs take (component.c lists them), both built twice from
# the kernel's unchanged source, on kmalloc and with slab_override.h on kspan, in one boot of the stock kernel in QEMU. A
# boot is "bare", without zeroing and mitigations, or "debian", as Debian's kernels boot; both by default. Prints tables;
# exit status 4 when the kernel or its source cannot be had.

set -eu
# shellcheck source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"
# shellcheck source=boots.sh
. "$selftests/bench/boots.sh"
# shellcheck source=../host/components_lib.sh
. "$selftests/host/components_lib.sh"

build=yes boots=()
for word in "$@"; do
	case $word in
	--no-build) build= ;;
	-h | --help) usage "$0"; exit 0 ;;
	bare | debian) boots+=("$word") ;;
	*) die "no option $word; see -h" ;;
	esac
done
[ ${#boots[@]} -gt 0 ] || boots=(bare debian)

build_all()
{
	local kspan on

	kspan=$(build_dir stock)
	"$vm_dir/modules.sh" stock >/dev/null
	components_find
	for on in kmalloc kspan; do
		components_copy "$top/$on" fs/overlayfs fs/autofs
	done
	components_build "$top/kmalloc" PARTS="overlay autofs4" KSPAN=no
	components_build "$top/kspan" PARTS="overlay autofs4" KSPAN="$kspan" KBUILD_EXTRA_SYMBOLS="$kspan/Module.symvers"
	gcc -static -O2 -Wall -o "$top/component" "$selftests/bench/component.c"
}

# The lines of one boot become a table. The second round counts.
table()
{
	awk -v boot="$1" '
	$1 == "component" {
		for (i = 2; i <= NF; i++) {
			split($i, pair, "=")
			f[pair[1]] = pair[2]
		}
		if (f["round"] != 2)
			next
		if (f["on"] == "kmalloc")
			order[++n] = f["name"]
		insn[f["name"], f["on"]] = f["insn"]
		calls = f["times"] + int(f["times"] / 4) + 1		# with those that are not timed
		objects[f["name"]] = f["objects"] / calls
	}
	END {
		printf "%s, instructions\n%-20s %10s %10s %8s %14s\n", boot, "", "kmalloc", "kspan", "%", "objects a call"
		for (i = 1; i <= n; i++) {
			a = insn[order[i], "kmalloc"]
			b = insn[order[i], "kspan"]
			printf "%-20s %10.0f %10.0f %+8.1f %14.1f\n", order[i], a, b, 100 * (b - a) / a, objects[order[i]]
		}
	}' "$2"
}

top=$(build_dir component-bench)
[ -z "$build" ] || build_all
work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-component.XXXXXX")
trap 'rm -rf "$work"' EXIT
for boot in "${boots[@]}"; do
	"$vm_dir/run.sh" --no-build --icount --mem 1024 --append "$(command_line "$boot")" \
		--file "$top/component:/host/component" \
		--file "$top/kmalloc/overlay.ko:/host/kmalloc/overlay.ko" --file "$top/kspan/overlay.ko:/host/kspan/overlay.ko" \
		--file "$top/kmalloc/autofs4.ko:/host/kmalloc/autofs4.ko" --file "$top/kspan/autofs4.ko:/host/kspan/autofs4.ko" \
		--get "/tmp/bench/lines:$work/$boot" stock "$selftests/bench/component_guest.sh" >"$work/output" ||
		{ status=$?; cat "$work/output" >&2; exit "$status"; }
	table "$boot" "$work/$boot"
done
