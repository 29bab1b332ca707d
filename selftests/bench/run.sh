#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [OPTION...] [exact|native|all]: measures kspan beside the kernel's own allocators and tells which of the bars
# it clears. What "make bench" runs; the default is all.
#
#   exact     instructions executed, stock x86-64 kernel in QEMU with -icount; twice, to show that both runs agree
#   native    nanoseconds, user-mode Linux 7.2 on two CPUs, allocators taking turns
#
#   --quick        fewer sizes and rounds, one exact run, no trace replay
#   --out DIR      where bench.json, bench.svg and bench.txt go (default: results/ beside this script)
#   --json FILE, --svg FILE    the same, one by one
#   --lines DIR    keep the guests' raw lines there; with --again they are read from there and nothing is measured
#   --no-build     take the modules as they were built last
#   --strict       exit status 1 if a bar does not hold
#
# Native figures want a machine that does nothing else.

set -eu
# shellcheck source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"

bench_dir=$selftests/bench
out=$bench_dir/results json="" svg="" lines="" again="" quick="" strict="" method=all vm_options=()

main()
{
	parse "$@"
	need_packages python3 gnuplot-nox
	work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-bench.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	lines=${lines:-$work}
	mkdir -p "$out" "$lines"
	[ -n "$again" ] || measure
	report
}

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		exact | native | all) method=$1 ;;
		--quick) quick=quick ;;
		--out) out=$2; shift ;;
		--json) json=$2; shift ;;
		--svg) svg=$2; shift ;;
		--lines) lines=$2; shift ;;
		--again) again=yes ;;
		--no-build) vm_options+=(--no-build) ;;
		--strict) strict=--strict ;;
		-h | --help) usage "$0"; exit 0 ;;
		*) die "no option $1; see -h" ;;
		esac
		shift
	done
	json=${json:-$out/bench.json} svg=${svg:-$out/bench.svg}
}

measure()
{
	local n=0 total=1

	[ "$method" != all ] || total=2
	[ -n "$quick" ] || [ "$method" = native ] || total=$((total + 1))
	rm -f "$lines"/exact-1 "$lines"/exact-2 "$lines"/native
	if [ "$method" != native ]; then
		guest exact-1 "exact: instructions in QEMU, minutes" exact
		[ -n "$quick" ] || guest exact-2 "exact: once more" exact
	fi
	[ "$method" = exact ] || guest native "native: nanoseconds in user-mode Linux, minutes" native
}

# guest NAME TEXT METHOD: one run, its lines in $lines/NAME. Zeroing by default and mitigations would be measured along
# with the allocators; addresses at random would make vmalloc's tree, and so its cost, another one in each run.
guest()
{
	local name=$1 text=$2 how=(--cpus 2 --append 'init_on_alloc=0' uml-7.2)

	[ "$3" = native ] || how=(--icount --mem 2048 --append 'init_on_alloc=0 mitigations=off nokaslr' stock)
	n=$((n + 1))
	step "$n" "$total" "bench, $text"
	"$vm_dir/run.sh" --timeout 3000 --get "/tmp/bench/lines:$lines/$name" "${vm_options[@]}" "${how[@]}" \
		bench/guest.sh "$3" "$quick" >"$work/output" || { status=$?; cat "$work/output" >&2; exit "$status"; }
	[ -s "$lines/$name" ] || die "$text: no results"
}

report()
{
	local inputs=() name

	for name in exact-1 exact-2 native; do
		[ ! -s "$lines/$name" ] || inputs+=("${name%-?}=$lines/$name")
	done
	[ ${#inputs[@]} -gt 0 ] || die "no lines to report on in $lines"
	status=0
	python3 "$bench_dir/report.py" $strict --json "$json" --plot-data "$work/plot" "${inputs[@]}" |
		tee "$out/bench.txt" || status=1
	gnuplot -e "data='$work/plot'; output='$svg'" "$bench_dir/plot.gp"
	say "written: $json, $svg, $out/bench.txt ($(elapsed))"
	return "$status"
}

main "$@"; exit
