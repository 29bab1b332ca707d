#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# misuse_table.sh [COLUMN...]: prints the table of misuse: each kind, of kspan in its modes and of kmalloc beside it, by a
# run for each cell. Takes half an hour: where the kernel dies of a misuse of kmalloc it is booted again, and goes on
# behind it. Columns:
#
#   kspan     default, track, debug and guard, on the stock kernel
#   core      objects of kspan's that the kernel's own functions get, on the stock kernel
#   kmalloc   the stock kernel as it is
#   slub      the same, booted with slub_debug=FZPU
#   kfence    a newer stock kernel with KFENCE; the objects that are misused are its sampled ones
#   kasan, kmalloc_kasan    kspan and kmalloc under KASAN, in user-mode Linux
#
# What each gave stays in misuse-table/ of the cache, and is printed again with what runs; "none" runs nothing.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly ALL="kspan core kasan kmalloc slub kfence kmalloc_kasan"
readonly JUDGE=$selftests/tests/misuse_table.awk
out=$cache/misuse-table
export KSPAN_MAKE="ONLY=misuse"

main()
{
	local c

	case ${1:-} in
	-h | --help) usage "$0"; exit 0 ;;
	esac
	mkdir -p "$out"
	# shellcheck disable=SC2048 # words
	for c in ${*:-$ALL}; do
		[ "$c" = none ] || "do_$c"
	done
	show
}

# vm OPTION... : a guest whose kernel may say anything
vm() { "$selftests/vm/run.sh" --allow . --log "$out/console" "$@" >"$out/output" 2>&1; }

do_kspan()
{
	vm --timeout 300 --get "/tmp/misuse-table:$out/modes" stock tests/misuse_table.sh || say "see $out/output"
	cp "$out/modes"/* "$out"
}

do_core()
{
	vm stock tests/misuse_table.sh core || true
	awk -f "$JUDGE" "$out/console" >"$out/core"
}

# kmalloc COLUMN STATION ARGUMENTS [guard]: boots until each case had its turn
kmalloc()
{
	local column=$1 station=$2 append=$3 guard=${4:-} skip=0 build=""

	: >"$out/$column.new"
	: >"$out/console"
	until grep -q 'table: complete' "$out/console"; do
		# shellcheck disable=SC2086 # options
		vm $build --timeout 60 --append "$append" "$station" tests/misuse_table.sh kmalloc "$skip" $guard || true
		build=--no-build
		grep -q 'table: ' "$out/console" || die "the kernel did not come to a case; see $out/console"
		awk -f "$JUDGE" "$out/console" >"$out/cells"
		cat "$out/cells" >>"$out/$column.new"
		skip=$((skip + $(wc -l <"$out/cells")))
		say "$column: $skip cases"
	done
	mv "$out/$column.new" "$out/$column"
}

do_kmalloc() { kmalloc kmalloc stock ""; }
do_slub() { kmalloc slub stock slub_debug=FZPU; }
do_kfence() { kmalloc kfence stock-6.12 kfence.sample_interval=1 guard; }

do_kasan()
{
	vm --timeout 300 --append kasan_multi_shot --get "/tmp/misuse-table:$out/modes" uml-kasan tests/misuse_table.sh ||
		say "see $out/output"
	cp "$out/modes"/* "$out"
}

do_kmalloc_kasan() { kmalloc kmalloc_kasan uml-kasan kasan_multi_shot; }

# The columns there are, beside each other; then how often each word came; then by kind.
show()
{
	local c columns=""

	for c in default track debug guard kasan kmalloc slub kfence kmalloc_kasan; do
		[ ! -e "$out/$c" ] || columns="$columns $c"
	done
	# shellcheck disable=SC2086 # words
	(cd "$out" && awk -f "$selftests/host/misuse_table.awk" -v columns="$columns" $columns)
	[ ! -e "$out/core" ] || { echo; echo "The core kernel is given objects of kspan's:"; cut -f 1,2 "$out/core"; }
}

main "$@"; exit
