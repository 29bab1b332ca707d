#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_kunit.sh [STATION [RUN.SH OPTION...]]: runs the KUnit suites in a guest (station uml if not
# told which) and shows the results as the kernel's own tools/testing/kunit/kunit.py does.
#
# Exit status: that of vm/run.sh, so 0: all passed and the kernel reported nothing.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

main()
{
	help_wanted "$@"
	station=${1:-uml}
	[ $# -eq 0 ] || shift
	results=$(mktemp "${TMPDIR:-/tmp}/kspan-kunit.XXXXXX")
	trap 'rm -f "$results" "$results.parsed"' EXIT
	status=0
	"$vm_dir/run.sh" --append "kunit.enable=1 kunit.autorun=1" "$@" \
		"$station" tests/kunit.sh >"$results" || status=$?
	[ ! -s "$results" ] || show
	exit "$status"
}

# The parser prints a line for each test; those that passed are left out, but for a line a suite.
show()
{
	local parser

	if parser=$(kunit_py) && command -v python3 >/dev/null; then
		python3 -B "$parser" parse "$results" >"$results.parsed" ||
			[ "$status" -ne 0 ] || status=1
		sed -E '/ \[PASSED\] (kspan_|$)/b; / \[PASSED\] |^\[[0-9:]*\] =+ [^[]* =+$/d' \
			"$results.parsed"
	else
		cat "$results"
	fi
}

# In the source tree that the station's kernel was built from.
kunit_py()
{
	local kdir source

	kdir=$(kdir_of "$station") || return
	source=$(readlink -f "$kdir/source") || return
	[ ! -e "$source/tools/testing/kunit/kunit.py" ] || echo "$source/tools/testing/kunit/kunit.py"
	[ -e "$source/tools/testing/kunit/kunit.py" ]
}

main "$@"; exit
