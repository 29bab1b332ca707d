#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kunit.sh [PARAMETER=VALUE]...: loads kspan.ko with these parameters and kspan_kunit.ko, whose
# suites run while it is being loaded, and prints their results from the kernel log as KTAP.
#
# The kernel needs CONFIG_KUNIT, and kunit.enable=1 (newer ones kunit.autorun=1, too) on its command
# line if it was not configured so.
# Exit status 0: all passed; 1: something failed or nothing ran; 4: there is no KUnit here.

. "$(dirname "$0")/lib.sh"

# Small arenas of segments that go soon, so that waiting for either takes little time.
# Tiny objects are packed, which is not the default.
readonly PARAMETERS="arena_mb=16 arena_decay_ms=200 tiny=1"

# The suites' results since kspan_kunit was loaded, without time stamps and the header that newer
# kernels print.
suite_results()
{
	log_since | sed 's/^\(<[0-9]*>\)*\[ *[0-9.]*\]\(\[ *[CT][0-9]*\]\)\{0,1\} \{0,1\}//' |
		grep -vE '^kspan-|^KTAP version 1|^1\.\.[0-9]+$'
}

with_header()
{
	echo "KTAP version 1"
	echo "1..$(grep -cE '^(not )?ok [0-9]+ ' "$1")"
	cat "$1"
}

modules_unload()
{
	unload kspan_kunit && unload kspan
}

[ "$(id -u)" -eq 0 ] || skip_all "needs root"
if ! module_path kspan_kunit >/dev/null; then
	[ -z "${KSPAN_VM:-}" ] || exit 1	# our own guest's kernel has KUnit
	skip_all "kspan_kunit.ko is not built: no CONFIG_KUNIT?"
fi
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
modules_unload || exit 1
log_begin
# shellcheck disable=SC2086 # words
load kspan $PARAMETERS "$@" || exit 1
load kspan_kunit || exit 1
suite_results >"$scratch/results"
with_header "$scratch/results"
modules_unload || exit 1
grep -qE '^ok [0-9]+ ' "$scratch/results" || {
	echo "# no suite has run: was the kernel booted with kunit.enable=1 kunit.autorun=1?"
	exit 1
}
! grep -qE '^ *not ok ' "$scratch/results"
