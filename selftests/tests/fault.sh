#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Memory that is not there: every allocation that kspan makes of the kernel is made to fail, one after the other, for
# each operation, while it is loaded and while a CPU comes up; then many at random under torture. Each time kspan says
# no, loses nothing and works again afterwards. Needs a kernel with CONFIG_FAILSLAB and CONFIG_FAIL_PAGE_ALLOC.
#
# fault.sh [PART...]: all of it, or operations, loading, functions (which need CONFIG_KPROBES as well), random; and percpu,
# the few of the operations that allocate for each CPU.

. "$(dirname "$0")/lib.sh"

readonly FAULTS=/sys/kernel/debug
readonly RUN=/sys/module/kspan_fault/parameters/run
readonly ARM=/sys/module/kspan_fault_arm/parameters
readonly SECONDS_WANTED=${SECONDS_FAULT:-10} FAULTS_WANTED=5	# of the random ones, both at least
readonly KTHREADD=/proc/2
readonly CPU=/sys/devices/system/cpu/cpu1/online

# What the kernel and kspan say when they do not get memory; host/check.sh reads it here and allows it, too. vmalloc
# reports every failure, and warns when it does not get the few bytes to note what is left of a free area.
readonly ALLOWED='kmemleak: Cannot allocate a scan area|kmem_cache_create.* failed|kspan: allocation of .* failed|mm/vmalloc[.]c:[0-9]+ alloc_vmap_area|vmalloc error: size [0-9]'

KSPAN_ALLOW=$ALLOWED

set_fault()
{
	echo "$2" >"$FAULTS/$1"
}

# Every allocation can fail, the kernel prints nothing about it, and none does until somebody says so.
faults_prepare()
{
	for kind in failslab fail_page_alloc; do
		set_fault $kind/probability 0
		set_fault $kind/times -1
		set_fault $kind/space 0
		set_fault $kind/verbose 0
		set_fault $kind/ignore-gfp-wait N
		set_fault $kind/task-filter Y
	done
	set_fault fail_page_alloc/ignore-gfp-highmem N
	set_fault fail_page_alloc/min-order 0
}

cleanup()
{
	[ -d $FAULTS/failslab ] || return 0
	faults_prepare
	echo 0 >$KTHREADD/make-it-fail
	unload kspan_torture
	unload kspan_fault
	unload kspan
	unload kspan_fault_arm
}

# ---- operations ----

list_of()
{
	sed -n "s/^$1 //p" $RUN
}

# What the kernel's allocators say of a failure is theirs to say; only "warned" lets them.
run_case()
{
	echo "$1 $2" 2>/dev/null >$RUN
}

each_fault()
{
	check "$1 $2: each allocation fails in turn" run_case "$1" "$2"
	echo "# $(value_of faults $RUN) faults, $(value_of refused $RUN) refusals"
	faults=$((faults + $(value_of faults $RUN)))
	refused=$((refused + $(value_of refused $RUN)))
}

# with_operations MINIMUM COMMAND: what COMMAND makes fail is refused so often at least
with_operations()
{
	faults=0 refused=0
	check "load kspan" load kspan arena_mb=4 reserve_kb=0 tiny=1
	check "load kspan_fault" load kspan_fault
	$2
	at_least "$faults faults, of which so many were felt" "$refused" "$1"
	equal "no bad free" "$(value_of bad_frees)" 0
	check "unload kspan_fault" unload kspan_fault
	balanced
	check "unload kspan" unload kspan
}

all_operations()
{
	for operation in $(list_of operations); do
		each_fault "$operation" cold
	done
	for operation in tiny small large bulk atomic; do
		each_fault $operation warm
		each_fault $operation full
	done
}

percpu_operations()
{
	for operation in small heap percpu_region; do
		each_fault $operation cold
	done
}

operations_fail()
{
	with_operations 30 all_operations
}

percpu_fail()
{
	with_operations 3 percpu_operations
}

# ---- functions of kspan ----

nothing_left()
{
	[ ! -e /sys/module/kspan ] && [ ! -e $KSPAN_DEBUGFS ]
}

# An area whose caller is no function any more is one of a module that has gone.
no_area_left()
{
	! grep -E '^[^ ]+ +[0-9]+ 0x' /proc/vmallocinfo
}

# Either it loads and can be unloaded, or it is gone without a trace.
load_and_unload()
{
	if load kspan 2>/dev/null; then
		unload kspan || return
	else
		refusals=$((refusals + 1))
	fi
	nothing_left
}

switch_cpu()
{
	write_to "$1" $CPU
}

# Either the CPU comes up, or kspan refuses it, and it comes up the next time.
cpu_off_and_on()
{
	switch_cpu 0 || return
	switch_cpu 1 && return
	refusals=$((refusals + 1))
	left=$(cat $ARM/left)
	echo >$ARM/arm
	[ "$left" -eq 0 ] && switch_cpu 1
}

# fail_in FUNCTION COMMAND: COMMAND with the allocations of FUNCTION failing in turn. Leaves in $scratch/counts how many
# faults there were and how often something was refused.
fail_in()
{
	nth=1 faults=0 refusals=0
	while :; do
		echo "$1 $nth" >$ARM/arm || return
		$2 || {
			echo "with fault $nth"
			return 1
		}
		[ "$(cat $ARM/left)" -eq 0 ] || break
		faults=$((faults + 1))
		nth=$((nth + 1))
	done
	echo >$ARM/arm
	echo $faults $refusals >"$scratch/counts"
}

# each_fault_in DESCRIPTION MINIMUM FUNCTION COMMAND: at least so many are felt
each_fault_in()
{
	echo 0 0 >"$scratch/counts"
	check "$1 with allocations of $3 failing in turn" fail_in "$3" "$4"
	read -r faults refused <"$scratch/counts"
	echo "# $faults faults, $refused refusals"
	at_least "some of them were felt" "$refused" "$2"
}

# with_arm COMMAND
with_arm()
{
	check "load kspan_fault_arm" load kspan_fault_arm
	$1
	check "unload kspan_fault_arm" unload kspan_fault_arm
}

loading()
{
	each_fault_in "loading" 20 init load_and_unload
	check "the caches are gone, too" wait_for 120 no_word_of /proc/slabinfo
	check "and what it had of vmalloc" wait_for 120 no_area_left
}

loading_fail()
{
	with_arm loading
}

# What allocates for each CPU, while kspan is loaded and when one comes.
functions()
{
	each_fault_in "loading" 1 mcaches_init load_and_unload
	check "load kspan" load kspan arena_mb=4 reserve_kb=0 tiny=1
	check "load kspan_fault" load kspan_fault
	# Its mcache mostly finds room in a block of those of others: then nothing is allocated, and nothing can be refused.
	# That cpu_prepare() refuses is shown above: at load the first blocks are made.
	if [ -w $CPU ]; then
		check "a CPU comes up, whichever allocation of cpu_prepare fails" fail_in cpu_prepare cpu_off_and_on
	else
		skip "a CPU comes up with allocations failing" "no CPU that can be switched off"
	fi
	check "kspan works" run_case small cold
	check "unload kspan_fault" unload kspan_fault
	balanced
	check "unload kspan" unload kspan
}

functions_fail()
{
	if [ -d $FAULTS/kprobes ]; then
		with_arm functions
	else
		skip "functions with allocations failing" "the kernel has no kprobes"
	fi
}

# ---- at random ----

readonly MANY=1000000	# the kernel counts down from there

# fail_at_random KIND PERCENT
fail_at_random()
{
	set_fault "$1/interval" 1
	set_fault "$1/times" $MANY
	set_fault "$1/probability" "$2"
}

# Those that kspan's worker runs in, and the thread whose children the torture's threads are: they get faults from their
# first step on. To seek them out later takes longer than they run on an emulated processor.
mark_tasks()
{
	for comm in $(grep -ls kspan /proc/[0-9]*/comm); do
		echo 1 2>/dev/null >"${comm%/comm}/make-it-fail"
	done
	echo 1 >$KTHREADD/make-it-fail
}

# read_first FILE: its first word as $word, without a process: the torture lets one wait for long
read_first()
{
	read -r word _ <"$1"
}

# Sets what became of it so far.
count_faults()
{
	read_first $FAULTS/failslab/times
	slab_faults=$((MANY - word))
	read_first $FAULTS/fail_page_alloc/times
	page_faults=$((MANY - word))
	while read -r key word; do
		[ "$key" != refused ] || refused=$word
	done <"$TORTURE_STATUS"
	read_first /proc/uptime
	now=${word%.*}
}

# Trimming takes away what would spare kspan an allocation. A segment is made by some allocations of pages: when one in ten
# fails there will hardly be any, so they fail by turns only.
enough_failed()
{
	pages_fail=$((10 - ${pages_fail:-0}))
	set_fault fail_page_alloc/probability $pages_fail
	echo 1 >$KSPAN_DEBUGFS/trim
	count_faults
	[ "$now" -ge "$earliest" ] && [ "$slab_faults" -ge $FAULTS_WANTED ] &&
		[ "$page_faults" -ge $FAULTS_WANTED ] && [ "$refused" -ge $FAULTS_WANTED ]
}

# The torture goes on until there were enough, however slow the machine. Objects larger than a segment have an area of
# their own made.
random_fail()
{
	check "load kspan" load kspan arena_mb=4 arena_decay_ms=50 tiny=1
	check "tasks get faults" mark_tasks
	check "start the torture" torture_start seconds=0 fault=1 max_size=8388608 max_mb=64
	echo 0 >$KTHREADD/make-it-fail
	fail_at_random failslab 10
	fail_at_random fail_page_alloc 10
	count_faults
	earliest=$((now + SECONDS_WANTED))
	check "allocations of slabs and pages fail, and kspan's with them" wait_for 240 enough_failed
	count_faults
	faults_prepare
	torture_result
	echo "# $slab_faults faults of failslab, $page_faults of fail_page_alloc; $refused callers who might sleep got NULL"
	balanced
	equal "no bad free" "$(value_of bad_frees)" 0
	check "trim leaves only the reserve" wait_for 60 trim_all
	check "unload kspan" unload kspan
}

begin
[ -d $FAULTS/failslab ] && [ -d $FAULTS/fail_page_alloc ] || skip_all "the kernel injects no faults"
needs_module kspan_fault
faults_prepare
[ $# -gt 0 ] || set -- operations loading functions random
for part in "$@"; do
	case $part in
	operations | percpu | loading | functions | random) ${part}_fail ;;
	*) must "a part named $part" false ;;
	esac
done
finish
