#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_dump.sh [RUN.SH OPTION...]: tools/kspan_where.py on an image of the memory of a virtual machine: gdb finds each object
# that the guest told of, its heap and its bounds.
#
# VMLINUX=FILE: drgn, too. FILE is the stock kernel's, with debug information (Debian: linux-image-*-dbg, 860 MB), and
# FW_CFG=FILE its module qemu_fw_cfg.ko, by which the kernel tells in the image what drgn has to know.
# Prints TAP.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly STATION=stock
n=0 failed=0

main()
{
	help_wanted "$@"
	work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-dump.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	step 1 3 "gdb, and modules with debug information"
	need_packages gdb
	export KSPAN_MAKE="KCFLAGS=-g ONLY=misuse"
	"$vm_dir/modules.sh" $STATION >/dev/null
	step 2 3 "boot, allocate, and write the memory to a file"
	[ -z "${FW_CFG:-}" ] || set -- --file "$FW_CFG:/host/qemu_fw_cfg.ko" "$@"
	"$vm_dir/run.sh" --no-build --timeout 300 --mem 512 --append no_hash_pointers --dump "$work/vmcore" \
		--get "/tmp/dump:$work/dump" "$@" $STATION tests/dump.sh >"$work/guest" || { status=$?; cat "$work/guest"; exit "$status"; }
	step 3 3 "look for the objects"
	last_objects >"$work/objects"
	with gdb in_gdb
	if [ -n "${VMLINUX:-}" ]; then
		need_packages python3-drgn
		with drgn in_drgn
	fi
	echo "1..$n"
	[ $failed -eq 0 ]
}

# Lines "ADDRESS BYTES HEAP" of objects that are live: the last that was allocated at an address.
last_objects()
{
	awk '$1 == "alloc" { size[$2] = $3; heap[$2] = $4 } $1 == "free" { delete size[$2] }
		END { for (p in size) print p, size[p], heap[p] }' "$work/dump/objects" | sort
}

check()
{
	n=$((n + 1))
	if "${@:2}" >"$work/said" 2>&1; then
		echo "ok $n $1"
	else
		sed 's/^/# /' "$work/said"
		echo "not ok $n $1"
		failed=$((failed + 1))
	fi
}

# with NAME COMMAND: COMMAND ADDRESS... prints what kspan_where.py tells
with()
{
	local p bytes heap

	while read -r p bytes heap; do
		p=$(printf '%#x' $((p + 7)))
		check "$1: $bytes bytes of heap $heap" finds "$2" "$p" "heap \"$heap\"" ", $bytes bytes, .* at byte 7 of it: live"
	done <"$work/objects"
	check "$1: an address of somebody else" finds "$2" 0x1234 "not kspan's" "not kspan's"
	p=$(awk 'NR == 2 { print "0x" $3 }' "$work/dump/segments")
	check "$1: a page of no span" finds "$2" "$(printf '%#x' $((p + (2 << 20) - 8192)))" "segment 0 at $p, page 255" "no span"
}

# finds COMMAND ADDRESS REGEX REGEX
finds()
{
	"$1" "$2" >"$work/found" 2>&1 || { cat "$work/found"; return 1; }
	cat "$work/found"
	grep -qE "$3" "$work/found" && grep -qE "$4" "$work/found"
}

in_gdb()
{
	gdb -batch -nx -c "$work/vmcore" -x "$selftests/tools/kspan_where.py" \
		-ex "kspan-load $(build_dir $STATION)/kspan.ko $work/dump/sections" -ex "kspan $1"
}

in_drgn()
{
	drgn -q -c "$work/vmcore" -s "$VMLINUX" -s "$(build_dir $STATION)/kspan.ko" "$selftests/tools/kspan_where.py" "$1"
}

main "$@"; exit
