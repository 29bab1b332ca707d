#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mutate.sh [NAME...]: do the tests test? Puts the faults of mutations/ into a copy of the allocator, one at a time, and
# runs tests on it until one fails: those that need no guest, then the set mutate of tests/list, which is fast, in
# user-mode Linux. Prints a table: fault, caught by.
#
# Those named step-* are faults that only an interrupt at the wrong instruction shows: tests/step.sh has to catch them, in
# half a minute on the stock kernel.
#
# A fault is a patch whose first line says what is wrong. Exit status 0: every fault was caught, and without a fault
# all tests pass. A patch that does not apply or does not compile is an error.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly STATION=uml
readonly FUZZ_SECONDS=40
readonly LIMIT=600	# seconds that a test without a fault may take

copy=$cache/mutate/tree
logs=$cache/logs/mutate

main()
{
	local names=() n=0 caught=0 by

	help_wanted "$@"
	need_packages rsync patch
	tests=$(sh "$selftests/tests/run_all.sh" --list mutate)
	mkdir -p "$logs"
	take_lock mutate
	rm -rf "$copy"
	mkdir -p "$copy"
	[ $# -gt 0 ] || set -- "$selftests"/host/mutations/*.patch
	for by in "$@"; do names+=("$(basename "$by" .patch)"); done
	"$vm_dir/kernel.sh" $STATION >/dev/null
	step 0 ${#names[@]} "the tests without a fault"
	make_copy
	! by=$(run_tests none) || die "without a fault, it fails: $by"
	: >"$logs/table"
	for name in "${names[@]}"; do
		n=$((n + 1))
		step $n ${#names[@]} "$name"
		make_copy
		inject "$name"
		if by=$(run_tests "$name"); then
			caught=$((caught + 1))
		else
			by="NOTHING"
		fi
		printf '%-64s %s\n' "$(head -n 1 "$(patch_of "$name")")" "$by" >>"$logs/table"
		say "    caught by $by"
	done
	printf '%-64s %s\n' fault "caught by"
	cat "$logs/table"
	echo "$caught of $n faults caught"
	[ $caught -eq $n ]
}

patch_of() { echo "$selftests/host/mutations/$1.patch"; }

# Each file is as old as this copy of it: newer than what was compiled of it with a fault in it.
make_copy()
{
	rsync -a --no-times --checksum --delete --exclude .git --exclude '*.o' --exclude '*.ko' --exclude '*.cmd' \
		--exclude '*.mod*' "$tree/" "$copy/"
}

inject()
{
	local file

	file=$(patch_of "$1")
	[ -e "$file" ] || die "no fault $1"
	patch -d "$copy" -p1 --no-backup-if-mismatch -s <"$file" >&2 || die "$1 no longer applies"
	KSPAN_MAKE=DEBUG=1 "$copy/selftests/vm/modules.sh" $STATION >/dev/null || die "$1 does not compile"
}

# limit_of FAULT TEST: seconds of the guest. A test with a fault may hang, but a slow guest must not be taken for that.
limit_of()
{
	if [ "$1" = none ]; then
		echo $LIMIT
	else
		echo $((120 + 5 * $(guest_seconds "$logs/none-$2.run")))
	fi
}

guest_seconds() { sed -n 's/^uml .*: exit status [0-9]* after \([0-9]*\) s;.*/\1/p' "$1"; }

# The same of the tests that need no guest.
without_guest()
{
	local host=$copy/selftests/host log=$logs/$1-host

	if ! "$host/litmus.sh" --source >"$log" 2>&1; then
		echo "litmus: $(sed -n 's/^not ok [0-9]* - \([^:]*\):.*/\1/p' "$log" | head -n 1)"
	elif ! "$host/prove.sh" >"$log" 2>&1; then
		echo "prove: $(sed -n 's/^not ok [0-9]* - \(.*\) (.*/\1/p; s/^kspan: .*\/module/module/p' "$log" | head -n 1)"
	elif ! "$host/contend.sh" >"$log" 2>&1; then
		echo "contention: $(sed -n 's/^not ok [0-9]* - //p; s/^kspan: .*\/module/module/p' "$log" | head -n 1)"
	elif ! "$host/fuzz.sh" $FUZZ_SECONDS >"$log" 2>&1; then
		echo "fuzz: $(sed -n 's/^# kspan: //p; s/^# .*ERROR: //p' "$log" | sed 's/^.*: //' | head -n 1)"
	else
		return 1
	fi
}

# The same of the test that interrupts each instruction.
stepped()
{
	local log=$logs/$1-step status=0

	KSPAN_MAKE="ONLY=step" "$copy/selftests/vm/run.sh" --timeout 120 --append init_on_alloc=0 --log "$log" stock \
		vm/guest/env.sh STEPS=1000 tests/step.sh >"$log.run" 2>&1 || status=$?
	case $status in
	0) return 1 ;;
	"$EXIT_HANG") echo "step: the guest hung" ;;
	*) echo "step: $(reason "$log")" ;;
	esac
}

# Prints which test failed and why, or fails if none does.
run_tests()
{
	local test status log

	case $1 in
	step-*)
		stepped "$1"
		return
		;;
	none) stepped none && return 0 ;;
	esac
	without_guest "$1" && return 0
	for test in $tests; do
		log=$logs/$1-$test
		status=0
		KSPAN_MAKE=DEBUG=1 "$copy/selftests/vm/run.sh" --timeout "$(limit_of "$1" "$test")" \
			--append kunit.enable=1 --log "$log" $STATION \
			vm/guest/env.sh SECONDS_STRESS=5 "tests/$test.sh" >"$log.run" 2>&1 || status=$?
		case $status in
		0 | "$EXIT_SKIP") continue ;;
		"$EXIT_HANG") echo "$test: the guest hung" ;;
		*) echo "$test: $(reason "$log")" ;;
		esac
		return 0
	done
	return 1
}

# The first test that failed, or else the first thing that the kernel had to say.
reason()
{
	local why

	why=$(sed -n 's/^ *not ok [0-9]* *\(- \)*//p' "$1.run" | head -n 1)
	[ -n "$why" ] || why=$(grep -hoE '(WARNING|BUG|Kernel panic|INFO): .*' "$1" | head -n 1)
	echo "${why:-the guest died}" | cut -c 1-100
}

main "$@"; exit
