#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# litmus.sh [--source] [NAME...]: are the lock-free protocols right on every machine that Linux runs on? Has herd7 look at every
# execution that the kernel's memory model allows of each test of litmus/, or of those named. TAP.
#
# litmus.py says what is asked of a test. herd7 comes from a newer suite of Debian; without it the tests are skipped.
# --source only looks whether the module's code still is what the tests stand for.

set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$vm_dir/apt.sh"
. "$vm_dir/tools.sh"

source_only=""

main()
{
	local files=() t

	help_wanted "$@"
	need_packages python3
	[ "${1:-}" != --source ] || { source_only=yes; shift; }
	for t in "$@"; do files+=("$selftests/litmus/$t.litmus"); done
	[ $# -gt 0 ] || files=("$selftests"/litmus/*.litmus)
	[ -z "$source_only" ] || exec python3 -B "$selftests/host/litmus.py" "$tree" "" "" "${files[@]}"
	need_tool herd7 "forky sid" herdtools7 libc6 libgmp10
	model=$(mktemp -d)
	trap 'rm -rf "$model"' EXIT
	make_model "$(readlink -f "$(kdir_of uml)/source")/tools/memory-model"
	python3 -B "$selftests/host/litmus.py" "$tree" "$model" \
		"$(tool_command herd7) -set-libdir $tool/usr/share/herdtools7/herd" "${files[@]}"
}

# The kernel's model, and names of a few operations that this kernel's has not.
make_model()
{
	cp "$1"/*.cat "$1"/*.bell "$1"/*.cfg "$model"
	cat "$1/linux-kernel.def" "$selftests/litmus/more.def" >"$model/linux-kernel.def"
}

main "$@"; exit
