#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check_kernels.sh [STATION...]: kspan on each kernel that it supports, or on the stations named: built, loaded, tested (the
# set "backport" of tests/list), the recording replayed, and the unit tests where the kernel has KUnit. Prints TAP, a result
# a station, and a table at the end.
#
# A kernel that this machine's mirror has not is skipped with the reason. Exit status 0: nothing failed.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly KERNELS="stock stock-cloud stock-rt stock-6.12 stock-6.12-rt stock-7 uml uml-7.2
	arm64 arm64-16k arm64-4k arm64-64k"
readonly SECONDS_STRESS=20
logs=$cache/logs/kernels-$(tree_id)

main()
{
	local failed="" n=0 station

	help_wanted "$@"
	mkdir -p "$logs"
	take_lock "$(basename "$logs")"
	# shellcheck disable=SC2086 # words
	[ $# -gt 0 ] || set -- $KERNELS
	header >"$logs/table"
	echo "TAP version 13"
	echo "1..$#"
	for station in "$@"; do
		n=$((n + 1))
		step "$n" "$#" "$station"
		check_station || failed=yes
	done
	sed 's/^/# /' "$logs/table"
	[ -z "$failed" ]
}

row() { printf '%-14s %-26s %-8s %-8s %-10s %-8s %s\n' "$@"; }
header() { row kernel release built loaded selftests replay KUnit; }

# Fails where something of the station does.
check_station()
{
	local status=0 KDIR="" RELEASE="" tests="backport replay" log=$logs/$station

	rm -f "$log".*
	"$vm_dir/kernel.sh" "$station" >"$log.kernel" 2>"$log.kernel.err" || status=$?
	if [ "$status" -eq "$EXIT_SKIP" ]; then
		row "$station" "$(sed -n 's/^kspan: skipped: //p' "$log.kernel.err")" "" "" "" "" "" >>"$logs/table"
		echo "ok $n $station # SKIP $(sed -n 's/^kspan: skipped: //p' "$log.kernel.err")"
		return 0
	elif [ "$status" -ne 0 ]; then
		tail -n 30 "$log.kernel.err" >&2
		row "$station" "no kernel" "" "" "" "" "" >>"$logs/table"
		echo "not ok $n $station: no kernel"
		return 1
	fi
	eval "$(sed -n "s/^\(KDIR\|RELEASE\)=\(.*\)/\1='\2'/p" "$log.kernel")"
	if ! "$vm_dir/modules.sh" "$station" >"$log.build" 2>&1; then
		tail -n 40 "$log.build" >&2
		row "$station" "$RELEASE" "no" "" "" "" "" >>"$logs/table"
		echo "not ok $n $station: kspan does not compile"
		return 1
	fi
	! grep -q '^CONFIG_KUNIT=y' "$KDIR/.config" || tests="$tests kunit"
	# shellcheck disable=SC2086 # words
	"$vm_dir/run.sh" --no-build --log "$log.console" --timeout 1200 --append "kunit.enable=1 kunit.autorun=1" "$station" \
		vm/guest/env.sh SECONDS_STRESS=$SECONDS_STRESS BRIEF=1 tests/run_all.sh $tests >"$log.log" 2>&1 || status=$?
	tell_station
}

# of TEST...: how these ended, which is how many checks passed of how many; a skip is not counted.
of()
{
	awk -v names="$*" '
		BEGIN { split(names, list); for (i in list) wanted[list[i]] }
		/^# selftests: kspan: / { name = $4; sub(/\.sh$/, "", name) }
		!(name in wanted) || /# SKIP/ { next }
		/^# ( *)ok [0-9]/ { good++ }
		/^# ( *)not ok [0-9]/ || /^not ok [0-9]/ { bad++ }
		END { print !(good + bad) ? "-" : bad ? "FAILED" : good }' "$log.log"
}

tell_station()
{
	local short

	# shellcheck disable=SC2046 # words
	short=$(of $("$selftests/tests/run_all.sh" --list backport | grep -vx load))
	row "$station" "$RELEASE" yes "$(of load | sed 's/^[0-9]*$/yes/')" "$short" "$(of replay)" \
		"$(of kunit)$([ "$status" -eq 0 ] || echo "  status $status of run.sh")" >>"$logs/table"
	if [ "$status" -eq 0 ]; then
		echo "ok $n $station: $RELEASE"
		return 0
	fi
	grep -n '^\(# \)* *not ok' "$log.log" >&2 || true
	tail -n 60 "$log.log" >&2
	echo "not ok $n $station: $RELEASE, status $status, see $log.log"
	return 1
}

main "$@"; exit
