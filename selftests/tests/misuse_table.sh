#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The table of misuse: what comes of each kind, in each mode of kspan, by a run for each cell. misuse_table.awk has the
# words. On a kernel with KASAN it has that column alone. Prints the table, and the sums; fails where a mode finds less
# than it is known to find.
#
#   misuse_table.sh                    all modes
#   misuse_table.sh MODE...            some of default, track, debug, guard, kasan
#   misuse_table.sh core               gives objects of kspan's to the kernel's own functions
#   misuse_table.sh kmalloc SKIP [guard]     misuses kmalloc, behind the first SKIP cases; with "guard" objects of KFENCE's
#
# The kernel may die of the last two: host/misuse_table.sh reads its console. It also gets the columns, from
# /tmp/misuse-table.

. "$(dirname "$0")/lib.sh"

readonly TABLE=/sys/module/kspan_misuse/parameters/table
readonly JUDGE=$SELFTESTS/tests/misuse_table.awk

# parameters_of MODE
parameters_of()
{
	case $1 in
	default) echo debug= ;;
	track) echo track=1 ;;
	debug) echo debug=FZPUQ ;;
	guard) echo guard_interval_ms=1 ;;
	kasan) echo debug=FZQ ;;
	*) return 1 ;;
	esac
}

# silent_of MODE: how many cases may be silent, of 1000. It is what was measured when this was written: a mode that finds
# less fails. With GOALS=1 it is the goal.
silent_of()
{
	[ -z "${GOALS:-}" ] || { goal_of "$1"; return; }
	case $1 in
	default) echo 310 ;;
	track) echo 75 ;;
	debug) echo 21 ;;
	guard) echo 160 ;;
	kasan) echo 21 ;;
	esac
}

# quietly COMMAND...: while a console that is emulated prints what is reported, nothing else is done
quietly()
{
	read -r level rest </proc/sys/kernel/printk
	echo 1 >/proc/sys/kernel/printk
	"$@"
	echo "$level" >/proc/sys/kernel/printk
}

# goal_of MODE: 16, 8 and 2 of 98
goal_of()
{
	case $1 in
	default) echo 164 ;;
	track) echo 82 ;;
	*) echo 21 ;;
	esac
}

# column MODE: all cases, with a kspan of its own
column()
{
	mode=$1
	must "load kspan $(parameters_of "$mode")" load kspan "$(parameters_of "$mode")"
	must "load kspan_misuse" load kspan_misuse
	expect_begin 'kspan'
	quietly check "$mode: all cases" write_to "kspan $mode" $TABLE
	check "$mode: some are reported" expect_end
	expect_log >"$scratch/log"
	check "$mode: no report was left out" refused grep 'report_begin_misuse: .* suppressed' "$scratch/log"
	awk -f "$JUDGE" "$scratch/log" >"$scratch/$mode"
	check "$mode: the allocator goes on" misuse sane
	check "$mode: nothing is kept" wait_for 10 trim_all
	balanced
	[ -z "${KSPAN_VM:-}" ] || { mkdir -p /tmp/misuse-table && cp "$scratch/$mode" /tmp/misuse-table; }
	unload kspan_misuse
	check "unload kspan" unload kspan
	judge
}

# count_of REGEX: lines of the column that match
count_of()
{
	grep -cE "$1" "$scratch/$mode"
}

# names_of REGEX: their cases
names_of()
{
	awk -F '\t' -v regex="$1" '$0 ~ regex { printf "%s%s", n++ ? ", " : "", $1 }' "$scratch/$mode"
}

# What must hold of a column.
judge()
{
	all=$(count_of .)
	at_least "$mode: there are cases" "$all" 98
	equal "$mode: nobody dies" "$(names_of '	dies')" ""
	equal "$mode: kspan's books are right" "$(names_of '	.*books')" ""
	silent=$(count_of '	nothing')
	echo "# $mode: $silent of $all cases are silent; the goal is $((all * $(goal_of "$mode") / 1000))"
	at_least "$mode: at most $(silent_of "$mode") of 1000 cases are silent" $((all * $(silent_of "$mode") / 1000)) "$silent"
	[ "$mode" != debug ] || found_by_debug
	not_run="double free of 3 MB, free inside: 2 MB of 3 MB"	# too large to be guarded
	[ "$mode" = guard ] || not_run=""
	[ "$(grep -c ^processor /proc/cpuinfo)" -gt 1 ] || not_run="double free on another CPU${not_run:+, $not_run}"
	[ "$mode" = kasan ] || equal "$mode: each case is run" "$(names_of '	not run')" "$not_run"
}

# Those that debug modes promise to find.
found_by_debug()
{
	for kind in 'double free' 'write 1 past [0-9a]' 'write after free of'; do
		equal "debug finds each $kind" "$(names_of "^$kind.*	(nothing|prevented)")" ""
	done
}

show_table()
{
	(cd "$scratch" && awk -F '\t' -v modes="$*" '
		BEGIN { n = split(modes, mode, " "); split("at once|late|prevented|nothing|dies|not run", word, "|") }
		FNR == 1 { column++ }
		!($1 in cell) { name[++cases] = $1 }
		{
			cell[$1] = cell[$1] sprintf(" %-10s", $2)
			sub(/[!+]$/, "", $2)
			sum[$2, column]++
		}
		END {
			printf "# %-38s", "case"
			for (i = 1; i <= n; i++) printf " %-10s", mode[i]
			printf "\n"
			for (i = 1; i <= cases; i++) printf "# %-38s%s\n", name[i], cell[name[i]]
			for (j = 1; j <= 6; j++) {
				printf "# sum of %d: %-27s", cases, word[j]
				for (i = 1; i <= n; i++) printf " %-10d", sum[word[j], i]
				printf "\n"
			}
		}' "$@")
}

# Cases that the kernel may die of: what is left of it is not to be relied on.
dying()
{
	[ -n "${KSPAN_VM:-}" ] || skip_all "the kernel dies of it"
	echo 0 >/proc/sys/kernel/panic_on_oops
	must "load kspan" load kspan
	must "load kspan_misuse" load kspan_misuse
	write_to "$1" $TABLE && kmsg "kspan_misuse: table: complete"
	kmsg "kspan_misuse: table: rests"
	tap_ended=yes
	exit 0
}

begin
case ${1:-} in
kmalloc) dying "kmalloc ${3:-all} $2" ;;
core) dying "kspan core" ;;
esac
modes=${*:-default track debug guard}
if grep -q ' kasan_poison$' /proc/kallsyms; then
	grep -q kasan_multi_shot /proc/cmdline || skip_all "boot with kasan_multi_shot"
	modes=kasan
elif [ "$(uname -m)" != x86_64 ] || ! grep -qw page_fault_oops /proc/kallsyms; then
	modes="default track debug"	# here no page is taken away
fi
for mode in $modes; do
	column "$mode"
done
# shellcheck disable=SC2086 # words
show_table $modes
finish
