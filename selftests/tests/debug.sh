#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The debug modes: each fault is reported with who allocated and who freed, at load and when a mode
# is switched on later; a correct program is not reported. SECONDS_DEBUG: of torture (5).

. "$(dirname "$0")/lib.sh"

readonly MODE=$KSPAN_DEBUGFS/heaps/default/debug

# found REGEX ACTION [SIZE [COUNT]]: the client does it, and the one report is counted
found()
{
	regex=$1
	shift
	bad_frees=$(value_of bad_frees)
	expect_begin "$regex"
	check "$*" misuse "$@"
	check "$*: reported" expect_end
	equal "$*: counted" "$(value_of bad_frees)" $((bad_frees + 1))
	check "$*: the allocator goes on" misuse sane
}

# The report of the last fault names the client's function behind this line.
names()
{
	case $(cat "$MODE") in
	*U*) ;;
	*) return ;;
	esac
	expect_log >"$scratch/report"
	if may_lack_callers && ! grep -q " by:" "$scratch/report"; then
		skip "the report says who $1" "this kernel cannot unwind its stack"
		return
	fi
	check "the report says who $1" names_client "$1 by:" "$scratch/report"
}

frees()
{
	found 'double free of' double_row
	names allocated
	names freed
	for action in double_apart double_later double_large double_tiny; do
		found 'double free of|bad free' $action
	done
	found 'size mismatch' sized_mismatch
	found 'points inside an object' free_inside
}

writes()
{
	for by in 1 8 64; do
		for size in 5 64 100 4096 100000; do
			found 'write past the end' overflow_by $size $by
		done
		found 'write past the end' underflow_by 64 $by
	done
	names allocated
	for size in 8 64 5000 100000; do
		found 'write after free' write_after $size
	done
	names freed
	check "memory that was not written is recognised" misuse unwritten
}

later()
{
	must "load kspan" load kspan
	must "load kspan_misuse" load kspan_misuse
	check "hold objects" misuse hold 64 1000
	for bad in X FF F,Z fz; do
		check "mode $bad is refused" refused write_to "$bad" "$MODE"
	done
	equal "no mode" "$(cat "$MODE")" ""
	check "switch it on" write_to ZFUQP "$MODE"
	equal "the mode is shown" "$(cat "$MODE")" FZPUQ
	check "free objects of before" misuse release
	found 'write past the end' overflow_by 64 1
	found 'double free of' double_apart
	check "switch it off" write_to "" "$MODE"
	equal "no mode again" "$(cat "$MODE")" ""
	check "the allocator goes on" misuse sane
	check "nothing is kept" trim_all
	balanced
	unload kspan_misuse
	check "unload kspan" unload kspan
}

torture_ends()
{
	wait_for 300 torture_ended
}

tortured()
{
	must "load kspan" load kspan debug=FZPUQ
	must "start the torture" torture_start seconds="${SECONDS_DEBUG:-5}"
	check "it ends" torture_ends
	torture_result
	equal "no bad free" "$(value_of bad_frees)" 0
	check "nothing is kept" trim_all
	balanced
	check "unload kspan" unload kspan
}

# With KASAN red zones and quarantine are the default, and KASAN itself reports each access.
by_kasan()
{
	grep -q kasan_multi_shot /proc/cmdline || skip_all "boot with kasan_multi_shot"
	must "load kspan" load kspan debug=FZQ
	must "load kspan_misuse" load kspan_misuse
	for by in 1 8 64; do
		for size in 5 64 100 4096 100000; do
			kasan overflow_by $size $by
		done
		kasan underflow_by 64 $by
	done
	for size in 8 64 5000; do
		kasan write_after $size
	done
	frees
	unload kspan_misuse
	check "unload kspan" unload kspan
}

kasan()
{
	expect_begin 'BUG: KASAN'
	check "$*" misuse "$@"
	check "$*: KASAN reports it" expect_end
}

begin
if grep -q ' kasan_poison$' /proc/kallsyms; then
	by_kasan
	finish
fi
must "load kspan" load kspan debug=FZPUQ
must "load kspan_misuse" load kspan_misuse
equal "each heap has the mode" "$(cat "$MODE")" FZPUQ
check "a correct client" misuse sane
frees
writes
check "trim" trim_all
balanced
unload kspan_misuse
check "unload kspan" unload kspan
later
tortured
finish
