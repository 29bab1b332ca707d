#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Each kind of misuse gets its report, once, harms nothing, and the allocator goes on.

. "$(dirname "$0")/lib.sh"

# What came of a misuse that REGEX describes: the kernel log is read once, and counted in one go.
expected_end()
{
	kmsg kspan-expect-end
	expect_log | awk -v regex="kspan: .*($1)" -v any='kspan: .*(free|mismatch|unsupported)' '
		$0 ~ regex { wanted++ }
		$0 ~ any { all++ }
		/Call [Tt]race/ { stacks++ }
		END { print wanted + 0, all + 0, stacks + 0 }' >"$scratch/counts"
	read -r wanted all stacks <"$scratch/counts"
}

# wrong ACTION REGEX: the client does it; one report matches, and it is the only one of its kind
wrong()
{
	wrong_at_once=yes
	[ "$1" != late ] || { wrong_at_once=; shift; }
	read_stats
	bad_frees=$stat_bad_frees live=$stat_live_objects
	expect_begin "$2"
	check "$1" misuse "$@"
	expected_end "$2"
	read_stats
	equal "$1: reported once" "$wanted" 1
	equal "$1: no other report" "$all" 1
	equal "$1: counted" "$stat_bad_frees" $((bad_frees + 1))
	equal "$1: no object came or went" "$stat_live_objects" "$live"
	[ -z "$wrong_at_once" ] || at_least "$1: a stack was shown" "$stacks" 1
	[ -n "$wrong_at_once" ] || equal "$1: no stack, as nobody on it did it" "$stacks" 0
	equal "$1: no function of kspan's is blamed" "$(expect_log | grep -c 'kspan: .*free.* caller .*\[kspan\]')" 0
	check "$1: the allocator goes on" misuse sane
}

wrong_with()
{
	regex=$1
	shift
	read_stats
	bad_frees=$stat_bad_frees
	expect_begin "$regex"
	check "$*" misuse "$@"
	expected_end "$regex"
	read_stats
	equal "$*: reported once" "$wanted" 1
	equal "$*: counted" "$stat_bad_frees" $((bad_frees + 1))
	check "$*: the allocator goes on" misuse sane
}

# Each flag with a kspan of its own, which tells a caller once.
flag()
{
	fresh_kspan
	expect_begin 'unsupported gfp flags'
	check "flag_$1 is refused" misuse "flag_$1"
	check "flag_$1 is refused again" misuse "flag_$1"
	expected_end "unsupported gfp flags.*$(echo "$1" | tr a-z A-Z)"
	equal "flag_$1: one warning names it" "$wanted" 1
	check "flag_$1: the allocator goes on" misuse sane
	equal "flag_$1: nothing is lost" "$(value_of live_objects)" 0
}

# To ask for a size frees nothing: it has words and a count of its own.
size_of_foreign()
{
	read_stats
	bad_frees=$stat_bad_frees bad_pointers=$stat_bad_pointers
	expect_begin 'bad pointer: [^ ]+ is not the start'
	check size_foreign misuse size_foreign
	expected_end 'bad pointer: [^ ]+ is not the start of a live kspan object'
	read_stats
	equal "size_foreign: reported once" "$wanted" 1
	equal "size_foreign: is no bad free" "$all $stat_bad_frees" "0 $bad_frees"
	equal "size_foreign: counted" "$stat_bad_pointers" $((bad_pointers + 1))
}

# The heap that a pool shows does not end it, nor free its objects.
heap_of_a_pool()
{
	check "a pool with a stock of 5" misuse pool_open 64 5
	for action in pool_heap_reset pool_heap_close; do
		expect_begin 'of the heap of pool'
		check "$action" misuse $action
		expected_end 'of the heap of pool "misuse pool" refused'
		equal "$action: reported once" "$wanted" 1
		equal "$action: the stock is live" "$(value_of live_objects)" 5
	done
	check "the pool ends" misuse pool_close
}

# A region that has all it may have: it is named, not the heap that its memory comes from. Failures are told once in
# five seconds, so with a kspan of its own.
limit_of_a_region()
{
	fresh_kspan
	expect_begin 'allocation of [0-9]+ bytes failed'
	check "an object over the limit of a region" misuse region_limit
	expected_end 'allocation of 5000 bytes failed.*region "misuse limit" is at its limit of 4096 bytes'
	equal "the message names the region" "$wanted" 1
	equal "it is no failure of a heap" "$(value_of alloc_failures)" 0
}

# A client is told once that its cgroup is not charged, whatever it allocates.
account()
{
	fresh_kspan
	expect_begin '__GFP_ACCOUNT is ignored'
	check "an allocation with __GFP_ACCOUNT is served" misuse account
	check "another one, too" misuse account 100000
	sleep 1.1
	check "and one after a second" misuse account 200000
	expected_end '__GFP_ACCOUNT is ignored.*\[kspan_misuse\]'
	equal "one message names the client" "$wanted" 1
}

fresh_kspan()
{
	unload kspan_misuse
	unload kspan
	must "load kspan" load kspan
	must "load kspan_misuse" load kspan_misuse
}

# Each of a hundred objects that are freed twice counts, though one message tells of all.
many()
{
	read_stats
	bad_frees=$stat_bad_frees live=$stat_live_objects
	expect_begin 'double free of'
	check "double_many" misuse double_many 64 100
	check "double_many: it is reported" expect_end
	read_stats
	equal "double_many: each is counted" "$stat_bad_frees" $((bad_frees + 100))
	equal "double_many: no object came or went" "$stat_live_objects" "$live"
	check "double_many: the allocator goes on" misuse sane
}

# Who passes a wrong pointer in a batch is found on the stack, where the kernel can unwind it.
names_the_caller()
{
	if [ "${KSPAN_STATION#uml}" != "$KSPAN_STATION" ]; then
		skip "the caller of kspan_free_bulk() is named" "this kernel cannot unwind its stack"
		return
	fi
	expect_begin 'is not a kspan object, caller free_bulk_run'
	check "a wrong pointer in a batch" misuse free_bulk
	check "the caller of kspan_free_bulk() is named" expect_end
}

copies()
{
	for size in $(some 64 5 100000 40); do
		bad_copies=$(value_of bad_copies)
		expect_begin 'bad copy: '
		check "copy more than $size bytes, which is refused" misuse copy_over "$size"
		check "it is reported" expect_end
		equal "both ways are counted" "$(value_of bad_copies)" $((bad_copies + 2))
	done
}

tainted()
{
	[ $(($(cat /proc/sys/kernel/tainted) & 32)) -ne 0 ]
}

begin
fresh_kspan
for where in stack kmalloc vmalloc low noncanonical top text user bulk; do
	wrong free_$where 'bad free: [^ ]+ is not a kspan object'
done
wrong free_inside 'bad free: [^ ]+ points inside an object'
wrong free_behind 'bad free: [^ ]+ points behind the objects of size class'
wrong free_inside_large 'bad free: [^ ]+ points inside an object'
wrong double_row 'double free of'
wrong late double_apart 'double free of .* caller unknown: freed earlier'
wrong late double_later 'double free of .* caller unknown: freed earlier'
many
wrong double_tiny 'double free of'
wrong double_large 'double free of|bad free: [^ ]+ is not a kspan object'
wrong sized_mismatch 'size mismatch'
size_of_foreign
heap_of_a_pool
check "the kernel has the taint of a bad page" tainted
names_the_caller
copies
for size in $(some 16 32768 24 1152 8192 20480); do
	wrong_with 'points inside an object' free_inside $size
	wrong_with 'double free of' double_row $size
	wrong_with 'double free of' double_apart $size
done
wrong_with 'double free of' double_later 2048
balanced

expect_begin 'allocation of [0-9]+ bytes failed'
check "sizes that overflow are refused" misuse overflow
expect_end || :
check "the allocator goes on" misuse sane
expect_begin 'unsupported alignment'
check "alignments that cannot be are refused" misuse alignment
check "they are reported" expect_end
check "the allocator goes on" misuse sane
balanced
for name in $(some dma comp dma32 highmem movable); do
	flag $name
done
account
balanced
limit_of_a_region
balanced
check "unload kspan_misuse" unload kspan_misuse
check "unload kspan" unload kspan
finish
