#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [-l] [all | STEP...]: the tests of kspan, all of them, or only the steps named; -l lists the steps.
#
# Installs what is missing, builds what is not in the cache, goes on after a failure, and ends with one line
# "N passed, N failed", with ", N skipped" behind it where something cannot be had here. Exit status 0: nothing failed.
# Results are counted one by one where a step prints TAP, else a step is one result; a step in a guest passes only if
# the kernel reported nothing. What each step printed lies in logs/check/ of the cache; of a failed one it is shown.
#
# Kernels are built in the background while steps run that need one CPU and no kernel of ours; everything that runs
# on two CPUs comes after the builds, so that its time limits hold.

set -eu
. "$(dirname "$0")/vm/lib.sh"

logs=$cache/logs/check
# Run by name or with "all" only: these have not been seen green from end to end on the present tree.
by_name="lint kernel-debug kernel-kcsan kernel-rt-debug selftest-uml kunit-debug selftest-debug torture-debug hotplug-debug fault torture-kcsan torture-rt-debug"
packages="gcc make flex bison bc patch perl libc6-dev libelf-dev libssl-dev xz-utils kmod cpio util-linux rsync
	busybox-static qemu-system-x86 pahole sparse coccinelle python3"

# NAME, the stations whose kernels it needs (- for none), what it does. A step NAME is the function do_NAME, with _
# for -; kernel-STATION waits for the kernel. All that follows a kernel step may use two CPUs.
steps()
{
	cat <<-END
	size-classes       -           the generated size classes are the committed header and the table
	scan-rules         -           the scan of the kernel log finds what it must
	build              stock       kspan.ko, its clients, and a client built outside the tree
	exact-gate         stock       instructions of the fast path, counted exactly
	kernel-uml         -           build the kernel of station uml
	lint               uml         static checks
	kunit-uml          uml         unit tests in user-mode Linux
	selftest-uml       uml         selftests in user-mode Linux
	kernel-debug       -           build the kernel of station debug
	kernel-kcsan       -           build the kernel of station kcsan
	kernel-rt-debug    -           build the kernel of station rt-debug
	kunit-debug        debug       unit tests under KASAN, lockdep and UBSAN
	selftest-stock     stock       selftests on the stock kernel
	selftest-debug     debug       selftests under KASAN, lockdep and UBSAN, with a scan for leaks
	replay             stock       the recording replayed, every byte checked
	torture-debug      debug       torture under KASAN, lockdep and UBSAN, with a scan for leaks
	hotplug-debug      debug       torture while CPUs go and come
	fault              debug       injected failures, one after the other and at random
	torture-kcsan      kcsan       torture under the data race detector
	torture-rt         stock-rt    torture on the stock real-time kernel
	torture-rt-debug   rt-debug    torture on a real-time kernel with lock checks
	backport           stock-6.12  load, a client and torture on a newer stock kernel
	END
}

# ---- what the steps do ----

# vm [OPTION...] STATION SCRIPT...: run.sh with its logs beside the step's; invariants are checked where debugging is.
vm()
{
	"$vm_dir/run.sh" --log "$logs/$name.console" "$@"
}

debug_vm() { KSPAN_MAKE=DEBUG=1 vm "$@"; }

do_size_classes()
{
	local program=$logs/mksizeclasses

	"${CC:-cc}" -Wall -Wextra -Werror -O -o "$program" "$tree/module/mksizeclasses.c"
	"$program" | diff -u "$tree/include/kspan/size_classes.h" -
	"$program" --csv | diff -u "$tree/selftests/data/size_classes.csv" -
	rm "$program"
}

do_scan_rules() { sh "$vm_dir/scan-dmesg-test.sh"; }

# A user's module is built from a directory of its own, with nothing of kspan's but headers and Module.symvers.
do_build()
{
	local kdir outside

	"$vm_dir/modules.sh" stock
	kdir=$("$vm_dir/kernel.sh" stock | sed -n 's/^KDIR=//p')
	outside=$(mktemp -d)
	cp "$tree"/selftests/clients/example/* "$outside"
	make -C "$outside" KDIR="$kdir" KSPAN="$(build_dir stock)"
	modinfo -F depends "$outside/kspan_example.ko" | grep -qx kspan
	rm -r "$outside"
}

do_lint() { "$tree/selftests/lint.sh"; }
do_exact_gate() { "$tree/selftests/bench/exact_gate.sh"; }
do_kunit_uml() { debug_vm --timeout 300 --append kunit.enable=1 uml kunit.sh; }
do_kunit_debug() { debug_vm --timeout 900 --append kunit.enable=1 --kmemleak debug kunit.sh; }
do_selftest_uml() { debug_vm --timeout 600 uml run_all.sh; }
do_selftest_stock() { vm --timeout 900 stock run_all.sh; }
do_replay() { vm --timeout 900 stock replay.sh; }

# leak.sh leaks on purpose, so it runs where nobody scans for leaks.
do_selftest_debug()
{
	debug_vm --timeout 1500 --kmemleak debug run_all.sh load params client debugfs misuse pressure
}

do_torture_debug() { torture debug 60 --kmemleak; }
# Races of the kernel with itself, without a function of a module in the title, are not ours to report.
do_torture_kcsan() { torture kcsan 60 --allow "BUG: KCSAN: data-race in [^[]*$"; }
do_torture_rt_debug() { torture rt-debug 60 --kmemleak; }
do_torture_rt() { torture stock-rt 30; }
do_hotplug_debug() { debug_vm --timeout 900 debug vm/guest/env.sh ROUNDS_HOTPLUG=5 run_all.sh hotplug; }
do_fault()
{
	local allowed

	allowed=$(sed -n "s/^readonly ALLOWED='\(.*\)'/\1/p" "$tree/selftests/fault.sh")
	debug_vm --timeout 1800 --kmemleak --allow "$allowed" debug fault.sh
}

do_backport()
{
	vm --timeout 900 stock-6.12 vm/guest/env.sh SECONDS_STRESS=20 run_all.sh load client misuse stress
}

# torture STATION SECONDS [OPTION...]
torture()
{
	local station=$1 seconds=$2

	shift 2
	KSPAN_MAKE=DEBUG=1 vm --timeout $((seconds * 3 + 300)) "$@" "$station" \
		vm/guest/env.sh SECONDS_STRESS="$seconds" run_all.sh stress
}

# ---- kernels ----

# In a process group of its own, so that all of it can be ended; in the order in which steps want them.
start_kernels()
{
	rm -f "$logs"/kernel-*.status
	set -m
	build_kernels "$@" </dev/null &
	kernels=$!
	set +m
	trap 'kill -- -$kernels 2>/dev/null || true' EXIT
}

build_kernels()
{
	local k status

	for k in "$@"; do
		status=0
		nice "$vm_dir/kernel.sh" "$k" >"$logs/kernel-$k" 2>&1 || status=$?
		echo $status >"$logs/kernel-$k.status"
	done
}

# Its log is the builder's.
wait_for_kernel()
{
	until [ -s "$logs/kernel-$1.status" ]; do
		kill -0 "$kernels" 2>/dev/null || [ -s "$logs/kernel-$1.status" ] || return 1
		sleep 1
	done
	return "$(cat "$logs/kernel-$1.status")"
}

# ---- running and counting ----

main()
{
	local wanted

	case ${1:-} in
	-h | --help) usage "$0"; exit 0 ;;
	-l) steps | sed 's/  */\t/; s/\t[^ ]* */\t/' | expand -t 20; exit 0 ;;
	esac
	mkdir -p "$logs"
	wanted=$(select_steps "$@")
	# shellcheck disable=SC2086 # a list of names
	need_packages $packages
	# shellcheck disable=SC2046 # a list of names
	start_kernels $(printf '%s\n' "$wanted" | awk '$2 != "-" && !seen[$2]++ { print $2 }')
	passed=0 failed=0 skipped=0 n=0 m=$(printf '%s\n' "$wanted" | wc -l) failures=""
	while read -r name needs text <&3; do
		n=$((n + 1))
		run_step "$needs"
	done 3<<-END
	$wanted
	END
	summary
}

# The lines of the table for the names given, with the kernel steps they imply; all of it without names.
select_steps()
{
	local s

	[ "$*" != all ] || set -- $(steps | awk '{ print $1 }')
	for s in "$@"; do
		steps | awk '{ print $1 }' | grep -qx -e "$s" || die "no step $s; see -l"
	done
	steps | awk -v names="$*" '
		BEGIN { all = split(names, list) == 0; for (i in list) want[list[i]] }
		BEGIN { split("'"$by_name"'", list); for (i in list) left_out[list[i]] }
		{ line[NR] = $0; name[NR] = $1; if (all && !($1 in left_out) || $1 in want) { take[NR]; want["kernel-" $2] } }
		END { for (i = 1; i <= NR; i++) if (i in take || name[i] in want) print line[i] }'
}

# Says every half minute that the step still runs.
run_step()
{
	local out status="" log=$logs/$name.log started=$SECONDS

	step "$n" "$m" "$name: $text"
	exec {out}< <(set +e; (set -e; "do_step" "$1") >"$log" 2>&1 </dev/null; echo $?)
	until read -r -t 30 -u "$out" status; do
		[ $? -gt 128 ] || break
		step "$n" "$m" "$name, still running"
	done
	exec {out}<&-
	count "${status:-1}" "$log"
	tell "${status:-1}" "$log" $((SECONDS - started))
}

do_step()
{
	case $name in
	kernel-*) wait_for_kernel "${name#kernel-}" 2>/dev/null ;;
	*)
		if [ "$1" != - ]; then
			say "waiting for the kernel of station $1"
			wait_for_kernel "$1"
		fi
		"do_${name//-/_}"
		;;
	esac
}

# Prints how many passed, failed and were skipped: the cases of KTAP's suites, or the totals that the kernel's selftests
# print, or lines of TAP.
tap_counts()
{
	awk '/^KTAP version/ { at = 4 }
		/^# Totals: pass:/ { split($0, v, /[^0-9]+/); p += v[2]; f += v[3]; s += v[4]; totals = 1 }
		{ indent = match($0, /[^ ]/) - 1 }
		/^ *ok .*# SKIP/ { skip[indent]++; next }
		/^ *ok / { pass[indent]++ }
		/^ *not ok / { fail[indent]++ }
		END {
			if (!totals || at) {
				p = pass[at + 0]; f = fail[at + 0]; s = skip[at + 0]
			}
			print p + 0, f + 0, s + 0
		}' "$1"
}

# Where there is no TAP the status is the result. A kernel that is there is none.
count()
{
	local status=$1 p f s

	read -r p f s < <(tap_counts "$2")
	case $name in
	kernel-*) [ "$status" -eq 0 ] || [ "$status" -eq "$EXIT_SKIP" ] || f=1 ;;
	*)
		if [ $((p + f + s)) -eq 0 ]; then
			case $status in
			0) p=1 ;;
			"$EXIT_SKIP") s=1 ;;
			esac
		fi
		[ "$status" -eq 0 ] || [ "$status" -eq "$EXIT_SKIP" ] || [ "$f" -gt 0 ] || f=1
		;;
	esac
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	result="$p passed, $f failed, $s skipped"
	ok=yes
	[ "$f" -eq 0 ] || ok=
}

tell()
{
	local status=$1 log=$2 took=$3

	case $name in
	kernel-*) log=$logs/$name ;;
	*) say "    $result, $took s" ;;
	esac
	if [ -z "$ok" ]; then
		failures="$failures $name"
		say "---- $name failed with status $status; $log:"
		grep -n '^\(# \| *\)not ok' "$log" >&2 || true
		tail -n 100 "$log" >&2
		say "----"
	elif [ "$status" -eq "$EXIT_SKIP" ]; then
		grep -h skipped: "$log" >&2 || true
	fi
}

summary()
{
	[ -z "$failures" ] || say "failed:$failures"
	say "time: $(elapsed)"
	if [ "$skipped" -eq 0 ]; then
		echo "$passed passed, $failed failed"
	else
		echo "$passed passed, $failed failed, $skipped skipped"
	fi
	[ "$failed" -eq 0 ]
}

main "$@"; exit
