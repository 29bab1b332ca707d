#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [-l] [--all] [STEP...]: the tests of kspan, or only the steps named; --all: those as well that are long and rarely
# fail; -l lists the steps.
#
# Installs what is missing, builds what is not in the cache, goes on after a failure, and ends with one line
# "N passed, N failed", with ", N skipped" behind it where something cannot be had here. Exit status 0: nothing failed.
# Results are counted one by one where a step prints TAP, else a step is one result; a step in a guest passes only if
# the kernel reported nothing. What each step printed lies in logs/ of the cache; of a failed one it is shown.
#
# Kernels are built in the background while steps run that need none of ours. Two steps that keep one CPU busy run at
# once; a step that wants two has the machine to itself, but for one that wants none: it takes what the others leave.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly CPUS=2
logs=$cache/logs/check-$(tree_id)
packages="gcc make flex bison bc patch perl libc6-dev libelf-dev libssl-dev xz-utils kmod cpio util-linux rsync
	busybox-static qemu-system-x86 qemu-system-arm gcc-aarch64-linux-gnu patchelf pahole sparse coccinelle ocaml python3"

# Stations that not every mirror has the package for: what they are for is skipped then. Without the others it fails.
optional_stations="stock-7 arm64 rt-debug uml-7.2"

# Those that want two CPUs come before the last ones that want one: while a guest of theirs boots, or is looked through
# for leaks, lint has a CPU.
#
# NAME, the station whose kernel it needs (- for none), how many CPUs it keeps busy, what it does. A step NAME is the
# function do_NAME, with _ for -.
steps()
{
	cat <<-END
	size-classes       -           1  the generated size classes are the committed header and the table
	abi                uml         1  a client compiled for other headers is refused; version and ABI are recorded
	scan-rules         -           1  the scan of the kernel log finds what it must
	layer-rules        -           1  the check of the layers finds what it must
	litmus             uml         1  the lock-free protocols against the kernel's memory model
	prove              uml         1  the arithmetic for all values, in user space
	contention         uml         1  locks and exchanges of magazines, a million operations, on 2 to 256 CPUs, counted
	kspantop           -           1  the viewer: text, JSON, metrics, pictures, its screen, its errors
	fuzz               uml         1  the API in orders that libFuzzer looks for, a minute, in user space
	build              stock       1  kspan.ko, its clients, and a client built outside the tree
	override-check     stock       1  a module by the override that hands its memory to what frees it is warned of
	lint               uml         0  static checks
	exact-gate         stock       1  instructions of the fast path, counted exactly
	interrupts-off     stock       1  instructions with interrupts off, at most, in each step that moves many objects
	step               stock       1  an interrupt at each instruction of each fast path and slow section
	selftest-stock     stock       1  selftests on the stock kernel
	replay             stock       1  the recording replayed, every byte checked
	record             stock       1  what the kernel allocates is recorded, and replayed
	core-frees         stock       1  the core kernel gets an object to free, and kspan names itself
	misuse             stock       1  the table of misuse: what comes of each kind, in each mode
	panic              stock       1  panic_on_misuse=1 ends the kernel at a misuse
	backport           stock-7     1  load, clients, misuse and torture on the newest stock kernel
	arm64              arm64       1  the same on arm64, with pages of 4 KB, and the recording replayed
	kunit-uml          uml         1  unit tests in user-mode Linux
	selftest-uml       uml         1  selftests in user-mode Linux
	selftest-kasan     uml-kasan   1  each bad value and each misuse under KASAN
	misuse-kasan       uml-kasan   1  the table of misuse under KASAN
	selftest-debug     debug       1  selftests under KASAN, lockdep and UBSAN, with a scan for leaks
	fault-debug        debug       1  failures of what is allocated for each CPU, and at random under torture
	kunit-debug        debug       1  unit tests under KASAN, lockdep and UBSAN
	kunit-rt-debug     rt-debug    1  unit tests on a real-time kernel with lock checks
	torture-debug      debug       2  torture, and again while CPUs go and come, under KASAN, lockdep and UBSAN
	torture-kcsan      kcsan       2  torture under the data race detector
	torture-rt         stock-rt    2  torture on the stock real-time kernel
	torture-rt-debug   rt-debug    2  torture on a real-time kernel with lock checks
	components         uml         1  a file system and lib/'s own tests, built from the kernel's source, on kspan
	fault              uml-kasan   1  each allocation of each operation, and of loading, fails in turn, under KASAN
	END
}

# Those of "make check-all" alone, likewise.
more_steps()
{
	cat <<-END
	replay-25          stock       1  the recording replayed 25 times
	longest-call       uml-7.2     2  the longest GFP_KERNEL call, natively
	memory-compare     stock       1  memory taken, beside the kernel's slabs in the same boot, on both backings
	memory-small       stock       1  in 512 MB: a process beside survivors, __GFP_NOFAIL
	kernels            -           2  each kernel that kspan supports: built, loaded, tested, the recording replayed
	nodes              stock       1  two memory nodes: objects are local and go home
	packages           stock       1  the Debian packages installed, upgraded and purged, with a client, and loaded signed
	real               stock       1  modules of others, built from their packages, at work on kspan; a USB device
	tools              stock       1  scripts of bpftrace, perf, trace-cmd, and kspantop, in a guest
	dump               stock       1  gdb finds objects of kspan in an image of a guest's memory
	END
}

# ---- what the steps do ----

# The kernel's look, at each page that is freed, for timers and work in it that are still active takes a quarter of a
# debug guest's time. It is made in user-mode Linux, in torture-debug and on the real-time kernel.
readonly UNTRACKED=no_debug_objects

# Debug guests that run at once, of four emulated CPUs each, spend a third of the machine on waiting for spinlocks whose
# holder does not run. So the CPUs of some take turns; not where races are looked for, nor where one CPU does it all.
readonly TURNS=--one-thread

# vm [OPTION...] STATION SCRIPT...: run.sh with its logs beside the step's; invariants are checked where debugging is.
# Where $only says which, no other clients are built; "kunit" are the unit tests.
only=""
vm()
{
	"$vm_dir/run.sh" --log "$logs/$name.console" "$@"
}

debug_vm()
{
	KSPAN_MAKE="DEBUG=1${only:+ ONLY=$only}" vm "$@"
	grep -q 'kspan: loaded, .*, invariants are checked' "$logs/$name.console"
}

do_size_classes()
{
	local program=$logs/mksizeclasses

	"${CC:-cc}" -Wall -Wextra -Werror -O -o "$program" "$tree/module/base/mksizeclasses.c"
	"$program" | diff -u "$tree/include/kspan/size_classes.h" -
	"$program" --csv | diff -u "$selftests/data/size_classes.csv" -
	rm "$program"
}

do_abi()
{
	"$selftests/host/abi.sh"
	"$selftests/host/make_abi.sh" --log "$logs/$name.console"
}

do_scan_rules() { sh "$selftests/host/scan-dmesg-test.sh"; }
do_layer_rules() { "$selftests/host/layers-test.sh"; }
do_litmus() { "$selftests/host/litmus.sh"; }
do_prove() { "$selftests/host/prove.sh"; }
do_contention() { "$selftests/host/contend.sh"; }
do_override_check() { "$selftests/host/override_check.sh"; }
do_kspantop() { "$selftests/host/kspantop-test.sh"; }
do_tools() { "$selftests/host/make_tools.sh" --log "$logs/$name.console"; }
do_dump() { "$selftests/host/make_dump.sh" --log "$logs/$name.console"; }
do_fuzz() { "$selftests/host/fuzz.sh" 60; }

# A user's module is built from a directory of its own, with nothing of kspan's but headers and Module.symvers: those of the
# directory in which kspan was built, and those that make install leaves.
do_build()
{
	local kdir outside installed

	"$vm_dir/modules.sh" stock
	kdir=$(kdir_of stock)
	outside=$(mktemp -d)
	installed=$outside/installed
	cp "$selftests"/clients/example/* "$outside"
	build_outside "$(build_dir stock)"
	make -C "$(build_dir stock)" -s -o modules KDIR="$kdir" DESTDIR="$installed" install
	build_outside "$installed/usr"
	make -C "$(build_dir stock)" -s KDIR="$kdir" DESTDIR="$installed" uninstall
	find "$installed" ! -type d | awk '{ print } END { exit NR > 0 }'
	make -C "$outside" KDIR="$kdir" KSPAN="$installed/usr" clean
	rm -r "$outside"
}

# build_outside KSPAN
build_outside()
{
	make -C "$outside" KDIR="$kdir" KSPAN="$1" clean
	make -C "$outside" KDIR="$kdir" KSPAN="$1"
	modinfo -F depends "$outside/kspan_example.ko" | grep -qx kspan
}

do_components() { "$selftests/host/make_components.sh" --log "$logs/$name.console"; }
do_real() { "$selftests/host/make_real.sh" --log "$logs/$name.console"; }
do_memory_compare() { vm --timeout 1800 stock tests/compare.sh; }
do_memory_small() { vm --timeout 900 --mem 512 stock tests/run_all.sh small; }
do_packages() { "$selftests/packages/check.sh"; }
do_nodes() { vm --timeout 600 --cpus 4 --append numa=fake=2 stock tests/nodes.sh; }
do_longest_call() { KSPAN_MAKE="ONLY=memory" vm --timeout 900 uml-7.2 tests/longest.sh; }
do_lint() { in_the_background "$selftests/host/lint.sh" --anew; }

# in_the_background COMMAND...: in a session of its own, as each guest is. Where the kernel weighs sessions (autogroup), to
# be nice counts inside one only.
in_the_background()
{
	setsid sh -c 'echo 19 2>/dev/null >/proc/self/autogroup; exec nice -n 19 "$@"' sh "$@" &
	# shellcheck disable=SC2064 # that process
	trap "kill -- -$! 2>/dev/null; exit 1" TERM
	wait $!
}

do_exact_gate() { "$selftests/bench/exact_gate.sh"; }
do_core_frees() { vm --allow 'BUG: |Oops|Call Trace|WARNING|general protection' stock tests/core_frees.sh; }

# The guest ends without an exit status.
do_panic()
{
	! vm --timeout 60 stock tests/panic.sh
	grep -q 'Kernel panic - not syncing: kspan: panic_on_misuse is set' "$logs/$name.console"
}

do_interrupts_off() { "$selftests/bench/irqsoff.sh"; }
do_kunit_uml() { kunit --timeout 300 --mem 2048 --append kunit.enable=1 uml; }
do_kunit_debug() { kunit $TURNS --timeout 900 --mem 512 --append "kunit.enable=1 $UNTRACKED" --kmemleak debug; }
do_kunit_rt_debug() { only=torture,kunit kunit $TURNS --timeout 900 --append "kunit.enable=1 kmemleak=off" rt-debug; }
do_selftest_uml() { debug_vm --timeout 1200 uml tests/run_all.sh; }
# In user-mode Linux, which loads a module in milliseconds. Not the torture: its interrupts, with KASAN, sometimes have
# lockdep complain of user-mode Linux itself.
do_selftest_kasan() { only=misuse,fault debug_vm --timeout 600 --mem 512 --kmemleak uml-kasan tests/run_all.sh kasan; }
do_misuse() { vm --timeout 600 --append log_buf_len=8M stock tests/misuse_table.sh; }
# Two of the functions that copy to and from user space are named in KASAN's reports, and not kspan's client.
do_misuse_kasan()
{
	only=misuse,fault debug_vm --timeout 600 --append kasan_multi_shot --allow 'KASAN: [a-z-]* in _?copy_[a-z_]*user' \
		uml-kasan tests/misuse_table.sh
}

do_selftest_stock() { vm --timeout 900 stock tests/run_all.sh; }
do_step() { "$selftests/host/make_step.sh" --log "$logs/$name.console"; }
do_replay() { vm --timeout 900 stock tests/replay.sh; }
do_record() { vm --timeout 900 stock tests/record.sh; }
do_replay_25() { vm --timeout 1800 stock vm/guest/env.sh REPLAYS=25 tests/replay.sh; }

# Each suite that there is has to say how it ended.
kunit()
{
	local suites

	debug_vm "$@" tests/kunit.sh
	suites=$(grep -lx 'kunit_test_suite(.*);' "$tree"/kunit/*.c | wc -l)
	[ "$(grep -cE '^ok [0-9]+ (- )?kspan_' "$logs/$name.log")" -eq "$suites" ] ||
		die "not all of $suites suites ran"
}

# leak leaks on purpose, so it runs where nobody scans for leaks. A scan takes as long as there is memory. The long
# tables of values are for selftest-kasan.
do_selftest_debug()
{
	debug_vm --timeout 1500 --mem 512 --append $UNTRACKED --kmemleak debug vm/guest/env.sh ON_CPUS=1 BRIEF=1 \
		tests/run_all.sh debug
}

do_torture_debug() { torture debug 30 stress hotplug --mem 768 --kmemleak; }
# Races of the kernel with itself, without a function of a module in the title, are not ours to report.
do_torture_kcsan() { only=torture torture kcsan 45 stress --allow "BUG: KCSAN: data-race in [^[]*$"; }
do_torture_rt_debug() { only=torture,kunit torture rt-debug 30 stress --append kmemleak=off; }
do_torture_rt() { only=torture torture stock-rt 20 stress; }
# User-mode Linux has no kprobes, by which a function inside kspan is made to fail, and one CPU.
do_fault() { only=misuse,fault fault 900 uml-kasan tests/fault.sh operations loading; }
do_fault_debug()
{
	fault 1200 $TURNS --append $UNTRACKED debug vm/guest/env.sh ON_CPUS=1 tests/fault.sh percpu functions random
}

# fault TIMEOUT [OPTION...] STATION SCRIPT...
fault()
{
	local allowed

	allowed=$(sed -n "s/^readonly ALLOWED='\(.*\)'/\1/p" "$selftests/tests/fault.sh")
	debug_vm --timeout "$1" --mem 512 --kmemleak --allow "$allowed" "${@:2}"
}

do_backport()
{
	vm --timeout 900 stock-7 vm/guest/env.sh SECONDS_STRESS=20 BRIEF=1 tests/run_all.sh backport
}

do_arm64()
{
	vm --timeout 900 arm64 vm/guest/env.sh SECONDS_STRESS=20 BRIEF=1 tests/run_all.sh backport replay
}

do_kernels() { "$selftests/host/check_kernels.sh"; }

# torture STATION SECONDS SCRIPT... [OPTION...]
torture()
{
	local station=$1 seconds=$2 scripts=()

	shift 2
	while [ $# -gt 0 ] && [[ $1 != -* ]]; do
		scripts+=("$1")
		shift
	done
	debug_vm --timeout $((seconds * 3 + 600)) "$@" "$station" \
		vm/guest/env.sh SECONDS_STRESS="$seconds" ROUNDS_HOTPLUG=2 tests/run_all.sh "${scripts[@]}"
}

# ---- kernels ----

# In a process group of its own, so that all of it can be ended; in the order in which steps want them.
start_kernels()
{
	rm -f "$logs"/kernel-*
	set -m
	build_kernels "$@" </dev/null &
	kernels=$!
	set +m
	trap leave EXIT
}

# What still runs ends with this script, each step with all that it has started.
leave()
{
	local group

	for group in "$kernels" "${groups[@]}"; do
		kill -- "-$group" 2>/dev/null || true
	done
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

wait_for_kernel()
{
	say "the kernel of station $1: $logs/kernel-$1"
	until [ -s "$logs/kernel-$1.status" ]; do
		kill -0 "$kernels" 2>/dev/null || [ -s "$logs/kernel-$1.status" ] || return 1
		sleep 1
	done
	tail -n 20 "$logs/kernel-$1" >&2
	return "$(cat "$logs/kernel-$1.status")"
}

# no_kernel STATION STATUS: ends the step.
no_kernel()
{
	[ "$2" -ne "$EXIT_SKIP" ] || [[ " $optional_stations " == *" $1 "* ]] || exit 1
	exit "$2"
}

# The last word of the build that goes on, if one does.
building()
{
	local k

	for k in "$logs"/kernel-*; do
		case $k in
		*.status) continue ;;
		esac
		[ -s "$k.status" ] || tail -n 1 "$k" 2>/dev/null || true
	done
}

# ---- running and counting ----

main()
{
	local wanted

	case ${1:-} in
	-h | --help) usage "$0"; exit 0 ;;
	-l) list_steps; exit 0 ;;
	esac
	mkdir -p "$logs"
	take_lock "$(basename "$logs")"
	wanted=$(select_steps "$@")
	# shellcheck disable=SC2086 # a list of names
	need_packages $packages
	# shellcheck disable=SC2046 # a list of names
	start_kernels $(printf '%s\n' "$wanted" | awk '$2 != "-" && !seen[$2]++ { print $2 }')
	passed=0 failed=0 skipped=0 n=0 m=$(printf '%s\n' "$wanted" | wc -l) failures="" told=$SECONDS
	while read -r name needs width text <&3; do
		make_room "$width"
		n=$((n + 1))
		start_step "$needs"
	done 3<<-END
	$wanted
	END
	wait_for_all
	summary
}

list_steps()
{
	steps | sed 's/  */\t/; s/\t[^ ]*  *[0-9]  */\t/' | expand -t 20
	echo "with --all:"
	more_steps | sed 's/  */\t/; s/\t[^ ]*  *[0-9]  */\t/' | expand -t 20
}

# The lines of the tables for the names given, of whichever table; without names all of the first, with --all of both.
select_steps()
{
	local s

	case $* in
	"") steps; return ;;
	--all) steps; more_steps; return ;;
	"--all "*) shift ;;
	esac
	for s in "$@"; do
		{ steps; more_steps; } | awk '{ print $1 }' | grep -qx -e "$s" || die "no step $s; see -l"
	done
	{ steps; more_steps; } | awk -v names="$*" '
		BEGIN { split(names, list); for (i in list) want[list[i]] }
		$1 in want'
}

# ---- steps that run: at most $CPUS CPUs' worth of them ----

declare -A widths=() starts=() numbers=() groups=()

start_step()
{
	step "$n" "$m" "$name: $text"
	rm -f "$logs/$name.status"
	set -m
	{
		set +me
		(set -e; run_step "$1") >"$logs/$name.log" 2>&1 </dev/null
		echo $? >"$logs/$name.status"
	} &
	set +m
	groups[$name]=$! widths[$name]=$width starts[$name]=$SECONDS numbers[$name]=$n
}

run_step()
{
	[ "$1" = - ] || wait_for_kernel "$1" || no_kernel "$1" $?
	"do_${name//-/_}"
}

# make_room WIDTH: waits until so many CPUs are free.
make_room()
{
	until end_steps && [ $((busy + $1)) -le $CPUS ]; do
		say_what_runs
		sleep 0.5
	done
}

wait_for_all()
{
	until end_steps && [ ${#widths[@]} -eq 0 ]; do
		say_what_runs
		sleep 0.5
	done
}

# Counts what has ended, and sets busy to how many CPUs the others want.
end_steps()
{
	local name runs

	busy=0
	for name in "${!widths[@]}"; do
		runs=yes
		kill -0 "${groups[$name]}" 2>/dev/null || runs=
		if [ -s "$logs/$name.status" ]; then
			end_step "$name" "$(cat "$logs/$name.status")"
		elif [ -z "$runs" ]; then
			end_step "$name" 1	# it was killed, or the disk is full
		else
			busy=$((busy + widths[$name]))
		fi
	done
}

# Every half minute.
say_what_runs()
{
	local name

	[ $((SECONDS - told)) -ge 30 ] || return 0
	told=$SECONDS
	for name in "${!widths[@]}"; do
		step "${numbers[$name]}" "$m" "$name, still running"
	done
	building >&2
}

end_step()
{
	local status=$2

	name=$1
	count "$status" "$logs/$name.log"
	tell "$status" "$logs/$name.log" $((SECONDS - starts[$name]))
	unset "widths[$name]" "groups[$name]"
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

# Where there is no TAP the status is the result.
count()
{
	local status=$1 p f s

	read -r p f s < <(tap_counts "$2")
	if [ $((p + f + s)) -eq 0 ]; then
		case $status in
		0) p=1 ;;
		"$EXIT_SKIP") s=1 ;;
		esac
	fi
	[ "$status" -eq 0 ] || [ "$status" -eq "$EXIT_SKIP" ] || [ "$f" -gt 0 ] || f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	result="$p passed, $f failed, $s skipped"
	ok=yes
	[ "$f" -eq 0 ] || ok=
}

tell()
{
	local status=$1 log=$2 took=$3

	say "    $name: $result, $took s"
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
