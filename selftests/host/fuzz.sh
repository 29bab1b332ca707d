#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fuzz.sh [--keep] [SECONDS [OPTION...]]: calls the whole API in many orders. Compiles the module's own files for user
# space, with user/fuzz.c, which makes calls as a string of bytes says and compares them with a model. First come the
# strings of user/corpus, then for SECONDS (60) those that libFuzzer finds, with OPTIONs for it. TAP.
#
# What libFuzzer finds is kept in the cache and tried again. --keep writes user/corpus from it, of the fewest strings.

set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$selftests/host/user.sh"

readonly CORPUS=$selftests/user/corpus
readonly SANITIZERS=address,bounds,shift,integer-divide-by-zero
readonly OPTIONS="-detect_leaks=0 -max_len=400 -len_control=0 -timeout=60 -rss_limit_mb=4096 -print_final_stats=1"

found=$cache/fuzz/found
log=$cache/logs/fuzz-$(tree_id)

main()
{
	local keep="" seconds

	help_wanted "$@"
	[ "${1:-}" != --keep ] || { keep=yes; shift; }
	seconds=${1:-60}
	[ $# -eq 0 ] || shift
	need_packages clang libclang-rt-dev python3 make
	user_build fuzz clang -O1 -fno-omit-frame-pointer "-fsanitize=fuzzer,$SANITIZERS" -fno-sanitize-recover=all
	mkdir -p "$found" "$(dirname "$log")"
	strings=$(mktemp -d)
	trap 'rm -rf "$strings"' EXIT
	unpack_corpus
	run 1 "the strings of the corpus" -runs=0 "$strings"
	run 2 "strings that were found in $seconds seconds" -max_total_time="$seconds" "$@" "$found" "$strings"
	[ -z "$keep" ] || keep_corpus
	echo "1..2"
}

# run N TEXT OPTION...: of a string that fails the log tells where, and the string is kept beside it.
run()
{
	local n=$1 text=$2

	shift 2
	# shellcheck disable=SC2086 # a list of options
	if "$program" $OPTIONS -artifact_prefix="$log." "$@" >"$log" 2>&1; then
		echo "ok $n - $text ($(ran))"
		return 0
	fi
	echo "not ok $n - $text"
	sed -n '/^kspan: /p; /ERROR:/p; /Test unit written/p; s/^ *#[0-9]* 0x[0-9a-f]* in \(.*module.*\)/  \1/p' "$log" |
		sed 's/^/# /' | head -n 30
	exit 1
}

ran() { awk '/^stat::number_of_executed_units/ { n = $2 } /cov: / { cov = $4 } END { print n " strings, coverage " cov }' "$log"; }

# A line of base64 a string.
unpack_corpus()
{
	[ ! -e "$CORPUS" ] || python3 -c '
import base64, sys
for i, line in enumerate(open(sys.argv[1])):
    open(f"{sys.argv[2]}/{i}", "wb").write(base64.b64decode(line))' "$CORPUS" "$strings"
}

keep_corpus()
{
	local fewest=$strings/fewest

	mkdir "$fewest"
	"$program" -detect_leaks=0 -set_cover_merge=1 "$fewest" "$strings" "$found" >"$log" 2>&1
	python3 -c '
import base64, os, sys
lines = [base64.b64encode(open(entry.path, "rb").read()).decode() for entry in os.scandir(sys.argv[1])]
print("\n".join(sorted(line for line in lines if line)))' "$fewest" >"$CORPUS"
}

main "$@"; exit
