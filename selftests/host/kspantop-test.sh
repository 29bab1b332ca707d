#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kspantop-test.sh: compiles kspantop, and looks at all that it makes of the files in data/debugfs, which were saved in a
# guest: text, JSON, metrics, pictures, the screen (in tmux, if there is one), and what it says when something is wrong.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

files=$selftests/data/debugfs
n=0 failed=0

main()
{
	help_wanted "$@"
	work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-top.XXXXXX")
	trap 'tmux -L "kspan-$$" kill-server 2>/dev/null; rm -rf "$work"' EXIT
	need_packages gcc make libncurses-dev python3
	make -s -C "$selftests/tools/kspantop" OUT="$work" CFLAGS="-O1 -g -Werror -fsanitize=address,undefined" 2>&1
	top=$work/kspantop
	prints
	errors
	screen
	echo "1..$n"
	[ $failed -eq 0 ]
}

# check TEXT COMMAND...
check()
{
	local text=$1

	shift
	n=$((n + 1))
	if "$@" >"$work/output" 2>&1; then
		echo "ok $n $text"
	else
		sed 's/^/# /' "$work/output"
		echo "not ok $n $text"
		failed=$((failed + 1))
	fi
}

# says REGEX STATUS COMMAND...: the command fails with that status and that message
says()
{
	local regex=$1 status=$2 got=0

	shift 2
	"$@" >"$work/said" 2>&1 </dev/null || got=$?
	cat "$work/said"
	[ $got -eq "$status" ] && grep -qE "$regex" "$work/said"
}

stat_of() { awk -v name="$1" '$1 == name { print $2 }' "$files/stats"; }

json_agrees()
{
	"$top" --json "$files" >"$work/json" && python3 - "$work/json" "$(stat_of held_bytes)" "$(stat_of segments)" <<'END'
import json, sys
j = json.load(open(sys.argv[1]))
assert j["format"] == 1 and j["stats"]["held_bytes"] == int(sys.argv[2])
assert len(j["map"]) == len(j["segment"]) == int(sys.argv[3])
for segment in j["map"]:
    at = 0
    for run in segment["runs"]:
        assert run["page"] == at, segment
        at += run["pages"]
    assert at == segment["pages"]
held = sum(r["pages"] for s in j["map"] for r in s["runs"] if r["use"] in ("span", "region")) * 8192
assert held == j["stats"]["held_bytes"], held
assert any(h["name"] == "misuse pool" for h in j["heap"])
END
}

metrics_agree()
{
	"$top" --prometheus "$files" >"$work/prometheus" &&
		grep -qx "kspan_held_bytes $(stat_of held_bytes)" "$work/prometheus" &&
		grep -qx "kspan_allocs_total $(stat_of allocs)" "$work/prometheus" &&
		grep -qE '^kspan_heap_held_bytes\{heap="misuse pool"\} [0-9]+$' "$work/prometheus" &&
		! grep -vE '^(# TYPE kspan_[a-z_]+ (gauge|counter)|kspan_[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9]+)$' "$work/prometheus" &&
		[ -z "$(grep '^# TYPE' "$work/prometheus" | sort | uniq -d)" ]
}

text_agrees()
{
	"$top" --once --sort allocs "$files" >"$work/once" &&
		grep -qE "^live_objects +$(stat_of live_objects) " "$work/once" &&
		grep -q '^misuse ' "$work/once" && grep -qE '^ +[0-9]+ [0-9#.oRr]{64}$' "$work/once" && sorted
}

sorted()
{
	awk '/^class / { for (i = 1; i <= NF; i++) if ($i == "allocs") at = i; next }
		at && NF == 0 { exit }
		at { if (last != "" && $at > last) exit 1; last = $at }' "$work/once"
}

is_xml() { python3 -c 'import sys, xml.dom.minidom; assert xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName("rect").length > int(sys.argv[2])' "$1" "${2:-20}"; }

prints()
{
	check "text" text_agrees
	check "JSON" json_agrees
	check "metrics" metrics_agree
	check "a picture" "$top" --svg "$work/picture.svg" "$files"
	check "it is well-formed" is_xml "$work/picture.svg"
	check "save" "$top" --save "$work/saved" "$files"
	check "what was saved is the same" diff <("$top" --once "$files") <("$top" --once "$work/saved")
	sed -i 's/ 1024 *[0-9]* default$/ 1024 0 default/; /free/s/free   /reserve/' "$work/saved/map"
	check "a difference" "$top" --svg "$work/diff.svg" --diff "$work/saved" "$files"
	check "it is well-formed" is_xml "$work/diff.svg"
	check "a flame graph" "$top" --flame "$work/flame.svg" "$files"
	check "it is well-formed" is_xml "$work/flame.svg" 10
	check "its sum is the profile's" flame_agrees
	check "a flame graph of all that was allocated" "$top" --flame "$work/total.svg" --total "$files"
}

# The figure of the function below all others, and that of one client.
flame_agrees()
{
	awk '{ sum += $NF } END { printf "<title>all: %.1fM, 100.0 %%</title>\n", sum / 1048576 }' "$files/profile" >"$work/sum"
	cat "$work/sum"
	grep -qFf "$work/sum" "$work/flame.svg" && grep -q '<title>hold_run \[kspan_misuse\]: ' "$work/flame.svg"
}

errors()
{
	check "no module" says 'kspan is not loaded: modprobe kspan' 1 "$top" --once
	check "no files" says 'cannot read /nowhere/stats' 1 "$top" --once /nowhere
	echo 2 >"$work/saved/format"
	check "a newer format" says 'have format 2, and this program knows format 1' 1 "$top" --once "$work/saved"
	echo 1 >"$work/saved/format"
	: >"$work/saved/profile"
	check "no profile" says 'profile is empty: switch the profile on' 1 "$top" --flame "$work/x.svg" "$work/saved"
	check "nor a file of it" test ! -e "$work/x.svg"
	echo "nonsense" >"$work/saved/profile"
	check "a broken profile" says 'has a line that is no stack' 1 "$top" --flame "$work/x.svg" "$work/saved"
	rm "$work/saved/profile"
	check "an older kspan, without a profile" says 'cannot read .*/profile' 1 "$top" --flame "$work/x.svg" "$work/saved"
	check "--total alone" says '[-]-total goes with --flame' 2 "$top" --total
	rm "$work/saved/format" "$work/saved/map"
	check "an older kspan, without a map" says 'only root may read it' 0 "$top" --once "$work/saved"
	check "no picture of it" says 'there is no file "map"' 1 "$top" --svg "$work/x.svg" "$work/saved"
	check "no terminal" says 'the output is no terminal' 1 "$top" "$files"
	check "no such column" says 'no table has a column size_of_it' 2 "$top" --once --sort size_of_it "$files"
	check "no such option" says 'unrecognized option' 2 "$top" --nonsense
	check "a bad delay" says 'the delay is 0.1 to 3600' 2 "$top" -d 0
	check "no room for output" says 'could not be written' 1 sh -c "'$top' --json '$files' >/dev/full"
}

# keys TEXT REGEX KEY...: after the keys the screen shows that
keys()
{
	local text=$1 regex=$2

	shift 2
	[ $# -eq 0 ] || tmux -L "kspan-$$" send-keys "$@"
	check "$text" shows "$regex"
}

shows()
{
	local i

	for i in $(seq 100); do
		tmux -L "kspan-$$" capture-pane -p >"$work/screen"
		! grep -qE -- "$1" "$work/screen" || return 0
		sleep 0.1
	done
	cat "$work/screen"
	return 1
}

screen()
{
	if ! command -v tmux >/dev/null; then
		n=$((n + 1))
		echo "ok $n the screen # SKIP there is no tmux"
		return
	fi
	cp -r "$files" "$work/live"
	tmux -L "kspan-$$" -f /dev/null new-session -d -x 100 -y 24 "ASAN_OPTIONS=detect_leaks=0 '$top' -d 0.2 '$work/live'; echo ended with \$?; sleep 60"
	keys "classes" '^Size classes .* allocs/s'
	keys "heaps" '^misuse ' 2
	keys "clients" '^client|^Clients ' 3
	keys "CPUs" "^CPUs' caches" 4
	keys "segments" '^Segments, in pages' 5
	keys "the map" '^ +[0-9]+ [0-9#.oRr]{64}' 6
	keys "sorted by a column" '>size' 1 s
	keys "totals" 'Size classes.* allocs ' t
	awk '$1 == "allocs" { $2 += 1000000 } { print }' "$files/stats" >"$work/stats" && cp "$work/stats" "$work/live/stats"
	keys "a rate" '^allocs [1-9][0-9]*/s'
	rm "$work/live/stats"
	keys "the files are gone" 'cannot read .*/live/stats'
	cp "$files/stats" "$work/live/stats"
	keys "and back" '^1-5 tables'
	keys "paused" '^kspantop \(paused\)' p
	keys "quit" '^ended with 0' q
}

main "$@"; exit
