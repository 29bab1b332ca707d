#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_step.sh [OPTION OF RUN.SH...]: interrupts kspan at each of its instructions (tests/step.sh), on the stock kernel, and
# compares the instructions that it was stopped at with those that each fast path has.
#
# Without init_on_alloc, with which Debian boots: then an allocation that asks for no zeros has its own path.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly STATION=stock

main()
{
	help_wanted "$@"
	work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-step.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	"$vm_dir/run.sh" --timeout 300 --append init_on_alloc=0 --get "/tmp/stops:$work/stops" "$@" $STATION \
		vm/guest/env.sh STOPS=/tmp/stops tests/step.sh
	python3 "$selftests/host/step.py" "$(build_dir $STATION)/kspan.ko" "$work/stops"
}

main "$@"; exit
