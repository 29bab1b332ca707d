#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# coverage.sh [TEST...]: which lines of module/ the tests reach: runs the set coverage of tests/list, or only the tests
# named, in user-mode Linux with kspan compiled for gcov. Prints the lines not reached, file by file, then each file's
# share and the total. Exit status 1: the total is below COVERAGE_MIN percent (95).
#
# One processor without preemption and kprobes: lines that need more (NMIs, hotplug, PREEMPT_RT, what checks objects
# under KASAN) show as not reached; the steps of check.sh reach them.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly STATION=uml-gcov

main()
{
	help_wanted "$@"
	need_packages gcc python3
	tests=$(sh "$selftests/tests/run_all.sh" --list "${@:-coverage}")
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	step 1 3 "the kernel of station $STATION"
	"$vm_dir/kernel.sh" $STATION >/dev/null
	step 2 3 "run the tests"
	# shellcheck disable=SC2086 # a list of words
	"$vm_dir/run.sh" --timeout 1800 --append kunit.enable=1 --get "/tmp/gcov:$work/counts" $STATION \
		vm/guest/gcov.sh SECONDS_STRESS=30 $tests || say "the run was not clean; lines count all the same"
	[ -d "$work/counts" ] || die "the guest left no counts"
	step 3 3 "count"
	count_lines
}

# gcov wants the notes of the compiler and the counts side by side, by the names that gcov.sh gives them.
count_lines()
{
	local build notes

	build=$(build_dir $STATION)
	(cd "$build/module" && find . -name '*.gcno' -printf '%P\n') | while read -r notes; do
		cp "$build/module/$notes" "$work/counts/${notes//\//-}"
	done
	(cd "$work/counts" && gcov -j -t ./*.gcda 2>/dev/null) |
		(cd "$build" && python3 "$selftests/host/coverage.py" "${COVERAGE_MIN:-95}")
}

main "$@"; exit
