# SPDX-License-Identifier: GPL-2.0
# Sourced by kspan's kselftest scripts: TAP output, loading and unloading modules, reading debugfs,
# and the look at the kernel log at the end. Plain sh, as busybox has it; on a real machine as well
# as in the guest of vm/run.sh. A script calls begin, then check and its like, then finish.

SELFTESTS=$(cd "$(dirname "$0")/.." && pwd)
NAME=$(basename "$0" .sh)
KSPAN_DEBUGFS=/sys/kernel/debug/kspan
TORTURE_STATUS=/sys/kernel/debug/kspan_torture/status
MISUSE_ACTION=/sys/module/kspan_misuse/parameters/action
STUCK_ACTION=/sys/module/kspan_stuck/parameters/action
STUCK_RESULT=/sys/module/kspan_stuck/parameters/result
EXIT_SKIP=4			# kselftest's code for a test that cannot run here

# expect_begin REGEX, expect_end: between them a report of kspan's that matches is wanted; expect_log: what came
. "$SELFTESTS/tests/expect.sh"

tap_count=0
tap_failed=0
tap_ended=
stat_names=""

# ---- TAP ----

result()
{
	tap_count=$((tap_count + 1))
	echo "$1 $tap_count $2"
}

pass()
{
	result ok "$1"
}

# fail DESCRIPTION [REASON]
fail()
{
	tap_failed=$((tap_failed + 1))
	[ -z "${2:-}" ] || echo "# $2"
	result 'not ok' "$1"
}

# skip DESCRIPTION REASON
skip()
{
	result ok "$1 # SKIP $2"
}

# check DESCRIPTION COMMAND...: what the command prints explains a failure. Into a file, as that needs no process: an
# emulated processor makes some ten in a second.
check()
{
	checked=$1
	shift
	if "$@" >"$scratch/output" 2>&1; then
		pass "$checked"
	else
		sed 's/^/# /' "$scratch/output"
		fail "$checked" "failed: $*"
	fi
}

# The same, but without it the rest would say nothing.
must()
{
	failures=$tap_failed
	check "$@"
	[ "$tap_failed" -eq "$failures" ] || finish
}

# equal DESCRIPTION VALUE WANTED
equal()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "is '$2', not '$3'"
	fi
}

# at_least DESCRIPTION VALUE MINIMUM
at_least()
{
	if [ "${2:-0}" -ge "$3" ]; then
		pass "$1"
	else
		fail "$1" "is '$2', less than $3"
	fi
}

# Nothing of this script can be done here.
skip_all()
{
	echo "1..0 # SKIP $1"
	tap_ended=yes
	exit $EXIT_SKIP
}

# ---- modules ----

# needs_module NAME: skips all where it was not built; in our own guest that is a failure.
needs_module()
{
	module_path "$1" >/dev/null && return
	[ -n "${KSPAN_VM:-}" ] || skip_all "$1.ko is not built"
	fail "$1.ko is there" "it was not built"
	echo "1..$tap_count"
	tap_ended=yes
	exit 1
}

# The path of a module: in KSPAN_MODULES, the guest's /kspan, the installed copy this script lies in, or its tree.
module_path()
{
	for dir in ${KSPAN_MODULES:-} /kspan "$SELFTESTS" "$SELFTESTS/.." "$SELFTESTS"/clients/*; do
		if [ -f "$dir/$1.ko" ]; then
			echo "$dir/$1.ko"
			return 0
		fi
	done
	return 1
}

loaded()
{
	[ -d "/sys/module/$1" ]
}

# refused COMMAND...: it fails; what it says of that is not shown
refused()
{
	! "$@" 2>/dev/null
}

# load NAME [PARAMETER=VALUE]...: kspan without debug modes, which are the default on a kernel with KASAN, unless told
load()
{
	name=$1
	shift
	case $name,$* in
	kspan,*debug=*|kspan,*track=*) ;;
	kspan,*) set -- "$@" debug= ;;
	esac
	if path=$(module_path "$name"); then
		insmod "$path" "$@"
	else
		modprobe "$name" "$@"
	fi
}

# Fails if the module is in use; one that is not loaded is all right.
unload()
{
	! loaded "$1" || rmmod "$1"
}

# Clients first.
unload_all()
{
	unload kspan_torture
	unload kspan_misuse
	for example in example example_heap example_pool example_region example_override; do
		unload kspan_$example
	done
	unload kspan_override
	unload kspan_hardware
	unload kspan_hardware_usb
	unload kspan_replay
	unload kspan_stuck
	unload kspan_step
	unload kspan
}

# ---- what debugfs and the kernel tell ----

# names_client LINE FILE: somewhere in the file the line behind LINE names a function of kspan_misuse.
names_client()
{
	awk -v line="$1" '
		seen && /kspan_misuse/ { found = 1 }
		{ seen = index($0, line) }
		END { exit !found }' "$2"
}

# Whether this kernel may be one that cannot unwind its stack: of our own only user-mode Linux is.
may_lack_callers()
{
	[ -z "${KSPAN_VM:-}" ] || [ "${KSPAN_STATION#uml}" != "$KSPAN_STATION" ]
}

# value_of NAME [FILE]: a number from a file of lines "name value", kspan's stats if not told. Without a process of its
# own, as it is called some thousand times.
value_of()
{
	while read -r key value; do
		[ "$key" != "$1" ] || echo "$value"
	done <"${2:-$KSPAN_DEBUGFS/stats}"
}

# column_of ROW COLUMN: of size_classes; a row's name is its first field
column_of()
{
	awk -v row="$1" -v column="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
		$1 == row { print $at }' "$KSPAN_DEBUGFS/size_classes"
}

# row_of SIZE: the row of size_classes whose objects have that size
row_of()
{
	awk -v size="$1" 'NR > 1 && $2 == size { print $1; exit }' "$KSPAN_DEBUGFS/size_classes"
}

# misuse ACTION [SIZE [COUNT]]: what the client kspan_misuse has to do
misuse()
{
	echo "$*" 2>/dev/null >"$MISUSE_ACTION"
}

# stuck ACTION [OPERATION [SIZE [COUNT]]]: what the client kspan_stuck has to do
stuck()
{
	echo "$*" 2>/dev/null >"$STUCK_ACTION"
}

# stuck_result NAME: a figure of what it did last
stuck_result()
{
	value_of "$1" "$STUCK_RESULT"
}

# wait_for SECONDS COMMAND...: until it succeeds. It counts naps: a busy machine makes each longer, and so the limit.
wait_for()
{
	tries=$(($1 * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# returns COMMAND...: whether it returns at all, in twenty seconds at most, and succeeds; what does not goes on in the
# background. Sets returned if it did.
returns()
{
	returned=
	rm -f "$scratch/returned"
	{
		"$@"
		echo $? >"$scratch/returned.new"
		mv "$scratch/returned.new" "$scratch/returned"
	} &
	waits_for="${waits_for:-} $!"
	wait_for 20 test -e "$scratch/returned" || return
	returned=yes
	return "$(cat "$scratch/returned")"
}

# All that returns() left behind has ended.
waited()
{
	for process in ${waits_for:-}; do
		wait_for 60 process_ended "$process" || return
	done
}

process_ended()
{
	[ ! -e "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

# some WORD...: all of them, or with BRIEF the first two only, where a machine is slow and another one does the rest
some()
{
	[ -z "${BRIEF:-}" ] || [ $# -le 2 ] || set -- "$1" "$2"
	echo "$@"
}

# read_stats [FILE]: each number as $stat_NAME, all of the same moment; none is left of an earlier one
read_stats()
{
	for key in $stat_names; do
		unset "stat_$key"
	done
	stat_names=""
	while read -r key value; do
		eval "stat_$key=\$value"
		stat_names="$stat_names $key"
	done <"${1:-$KSPAN_DEBUGFS/stats}"
}

# value_is NAME WANTED [FILE]
value_is()
{
	value=""	# where there is no file, too
	while read -r key value; do
		[ "$key" != "$1" ] || break
	done <"${3:-$KSPAN_DEBUGFS/stats}"
	[ "$value" = "$2" ]
}

# write_to VALUE FILE
write_to()
{
	echo "$1" 2>/dev/null >"$2"
}

absent()
{
	[ ! -e "$1" ]
}

# no_word_of FILE: it does not name kspan; a file that is not there says nothing either
no_word_of()
{
	! grep kspan "$1" 2>/dev/null
}

# What kspan holds when every client has freed everything and it gave all back.
balanced()
{
	read_stats
	equal "live_objects is 0" "$stat_live_objects" 0
	equal "as many frees as allocations" "$stat_frees" "$stat_allocs"
	equal "no large object left" "$stat_large_objects" 0
}

# nr_nodes: how many memory nodes there are. Each has a reserve.
nr_nodes()
{
	nodes=$(cat /sys/devices/system/node/node*/meminfo 2>/dev/null | grep -c "MemTotal: *[1-9]")
	echo $((nodes > 1 ? nodes : 1))
}

# segments_of_reserve: how many the reserves keep, when they are packed, with the default segment_mb
segments_of_reserve()
{
	echo $(($(nr_nodes) * (($(cat /sys/module/kspan/parameters/reserve_kb) + 2031) / 2032)))
}

# only_the_reserve: kspan holds nothing else. For wait_for.
only_the_reserve()
{
	value_is held_bytes 0 && [ "$(value_of arena_bytes)" -le $(($(segments_of_reserve) << 21)) ]
}

# trim_all: kspan has given everything else back. A trim waits for other CPUs only so long: what one of them still had
# comes with the next. For wait_for.
trim_all()
{
	echo 1 >$KSPAN_DEBUGFS/trim
	only_the_reserve
}

# Vmalloc areas of so many bytes, the guard page not counted.
areas_of()
{
	awk -v min="$1" -v max=$(($1 + 65536)) -f "$SELFTESTS/tests/areas.awk"
}

# Megabytes that a torture may keep live: an eighth of what is there, 128 at most.
torture_mb()
{
	awk '/^MemAvailable:/ { mb = int($2 / 8192); print(mb > 128 ? 128 : mb < 8 ? 8 : mb) }' \
		/proc/meminfo
}

# For user-mode Linux each page that vmalloc maps may be a mapping of its own, of which the host allows 65,530. Large
# areas come and go by the hundred megabytes a second.
torture_limits()
{
	case ${KSPAN_STATION:-} in
	uml*) echo max_mb=32 max_size=1048576 ;;
	*) echo "max_mb=$(torture_mb)" ;;
	esac
}

torture_ended()
{
	value_is running 0 "$TORTURE_STATUS"
}

# torture_start [PARAMETER=VALUE]...: its threads want all CPUs; the script goes before them from now on
torture_start()
{
	renice -n -15 -p $$ >/dev/null 2>&1
	# the kernel complains of NMI handlers over 1 ms, which an emulated processor may need
	nmi_limit=/sys/kernel/debug/x86/nmi_longest_ns
	[ ! -w $nmi_limit ] || echo 1000000000 >$nmi_limit
	# shellcheck disable=SC2046 # words
	load kspan_torture $(torture_limits) "$@"
}

# Ends it and tells what came of it.
torture_result()
{
	equal "no error seen by the torture" "$(value_of errors "$TORTURE_STATUS")" 0
	check "unload kspan_torture" unload kspan_torture
	verdict=$(log_since | grep -o 'kspan_torture: [PF]A[SI][SL] .*')
	echo "# $verdict"
	check "the torture passed" test "${verdict#kspan_torture: PASS}" != "$verdict"
}

# ---- the kernel log ----

# Marks where this script begins. User space's marks must not fall to the rate limit.
log_begin()
{
	log_mark="kspan-selftest $NAME $$ begins"
	devkmsg=$(cat /proc/sys/kernel/printk_devkmsg 2>/dev/null)
	echo on 2>/dev/null >/proc/sys/kernel/printk_devkmsg
	kmsg "$log_mark"
}

# The kernel log since this script began, or all of it when the beginning has been overwritten.
log_since()
{
	dmesg | awk -v mark="$log_mark" '
		index($0, mark) { n = 0; found = 1; next }
		{ line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }'
}

log_clean()
{
	log_since >"$scratch/log"
	[ ! -s "$scratch/log" ] ||
		sh "$SELFTESTS/tests/scan-dmesg.sh" --allow "${KSPAN_ALLOW:-}" "$scratch/log"
}

# ---- beginning and end ----

debugfs_mount()
{
	grep -q ' /sys/kernel/debug debugfs ' /proc/mounts ||
		mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
}

# Every script begins and ends with kspan not loaded. Debugfs is there unless the kernel has none.
begin()
{
	echo "TAP version 13"
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
	[ -e /proc/modules ] || skip_all "this kernel loads no modules"
	scratch=$(mktemp -d) || exit 1
	trap leave EXIT
	trap 'exit 1' HUP INT TERM
	modprobe -n kspan 2>/dev/null || needs_module kspan
	unload kspan 2>/dev/null || skip_all "kspan is in use"
	debugfs_mount || skip_all "no debugfs"
	log_begin
}

# What a script has to put right before the modules go; it may define its own.
cleanup()
{
	:
}

# Whatever way the script ends.
leave()
{
	status=$?
	cleanup
	unload_all 2>/dev/null
	[ -z "${devkmsg:-}" ] || echo "$devkmsg" 2>/dev/null >/proc/sys/kernel/printk_devkmsg
	rm -rf "${scratch:-}"
	if [ -z "$tap_ended" ]; then
		echo "# $NAME ended before its time"
		status=1
	fi
	exit $status
}

finish()
{
	cleanup
	check "unload" unload_all
	check "the kernel reported nothing" log_clean
	echo "1..$tap_count"
	tap_ended=yes
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}
