#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run_all.sh [NAME...]: runs tests one after the other and prints one TAP document in kselftest's
# manner: a result a test, and indented what the test printed. The totals at the end count the checks
# inside the tests. NAME is a test or a set of tests from the file "list" beside this script; without
# a name it is the set all. run_all.sh --list [NAME...] prints the names of the tests instead.
#
# Exit status: 0 if nothing failed, else 1. KSPAN_TIMEOUT is the limit for a test in seconds.

cd "$(dirname "$0")" || exit 1

readonly EXIT_SKIP=4
readonly EXIT_TIMEOUT=124

# tests_named NAME...: the tests that these names stand for; fails if one stands for none
tests_named()
{
	for word in "$@"; do
		awk -v name="$(basename "$word" .sh)" '
			!/^#/ && ($1 == name || index("," $2 ",", "," name ",")) { print $1; found = 1 }
			END { exit !found }' list || {
			echo "run_all.sh: no test and no set of tests is named $word; see $PWD/list" >&2
			return 1
		}
	done
}

case ${1:-} in
-h | --help) sed -n '3,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
--list)
	shift
	tests_named "${@:-all}"
	exit
	;;
esac
tests=$(tests_named "${@:-all}") || exit

limit=${KSPAN_TIMEOUT:-$(sed -n 's/^timeout=//p' ../settings)}
passed=0
failed=0
skipped=0
n=0

# Busybox and coreutils agree on 143 and 124 only in part: both mean the limit was passed.
timed_out()
{
	[ "$1" -eq $EXIT_TIMEOUT ] || [ "$1" -eq 143 ]
}

# Lines are shown as they come; the file keeps them to be counted.
run_test()
{
	{
		timeout "$limit" sh "./$1.sh" 2>&1
		echo $? >"$scratch/status"
	} | tee "$scratch/output" | sed 's/^/# /'
	read -r status <"$scratch/status"
}

lines_of()
{
	grep -cE "$1" "$scratch/output"
}

# A test that ended without a plan or with a status that its results do not explain failed once
# more than it says.
count_results()
{
	not_ok=$(lines_of '^not ok ')
	skips=$(lines_of '^ok .* # SKIP')
	passed=$((passed + $(lines_of '^ok ') - skips))
	skipped=$((skipped + skips))
	failed=$((failed + not_ok))
	[ "$status" -ne $EXIT_SKIP ] || skipped=$((skipped + 1))
	if [ "$status" -ne 0 ] && [ "$status" -ne $EXIT_SKIP ] && [ "$not_ok" -eq 0 ]; then
		failed=$((failed + 1))
	fi
}

tell_result()
{
	case $status in
	0) echo "ok $n selftests: kspan: $1.sh" ;;
	"$EXIT_SKIP") echo "ok $n selftests: kspan: $1.sh # SKIP" ;;
	*)
		reason="exit=$status"
		! timed_out "$status" || reason="TIMEOUT $limit seconds"
		echo "not ok $n selftests: kspan: $1.sh # $reason"
		;;
	esac
}

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
echo "TAP version 13"
echo "1..$(echo "$tests" | wc -l)"
for test in $tests; do
	n=$((n + 1))
	echo "# selftests: kspan: $test.sh"
	run_test "$test"
	[ "$status" -ne 0 ] || [ "$(lines_of '^1\.\.')" -eq 1 ] || status=1
	count_results
	tell_result "$test"
done
echo "# Totals: pass:$passed fail:$failed skip:$skipped"
[ $failed -eq 0 ]
