#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Sampled guard objects: a loop that repeats a fault is reported, as the fault it is, with who allocated and who freed,
# and the machine goes on. A loop without a fault is not.
. "$(dirname "$0")/lib.sh"

readonly INTERVAL=/sys/module/kspan/parameters/guard_interval_ms
readonly EACH=${GUARD_MS:-100}

# finds WHAT ACTION SIZE: within 1000 tries, and it counts.
finds()
{
	bad=$(value_of bad_accesses)
	expect_begin "$1"
	check "$2 $3" misuse "$2" "$3" 1000
	check "$2 $3: reported" expect_end
	at_least "$2 $3: counted" $(($(value_of bad_accesses) - bad)) 1
	expect_log >"$scratch/report"
	check "$2 $3: who allocated" names_client "allocated by:" "$scratch/report"
	[ "${1%after free}" = "$1" ] || check "$2 $3: who freed" names_client "freed by:" "$scratch/report"
	check "$2 $3: the allocator goes on" misuse sane
}

writable()
{
	write_to "$1" "$INTERVAL"
}

begin
if [ "$(uname -m)" != x86_64 ] || ! grep -qw page_fault_oops /proc/kallsyms; then
	skip_all "here no page is taken away"
fi
must "load kspan" load kspan
must "load kspan_misuse" load kspan_misuse
for bad in x -1 3600001; do
	check "an interval of $bad ms is refused" refused writable "$bad"
done
check "switch it on" writable "$EACH"
for size in 1 64 1000 4096 10000; do
	check "a correct client, $size bytes" misuse use "$size" 1000
done
equal "nothing is reported" "$(value_of bad_accesses)" 0
for size in 64 4096 16384; do
	finds 'read out of bounds' read_over $size
	finds 'read out of bounds' read_under $size
	finds 'write out of bounds' write_over $size
	finds 'read after free' read_freed $size
	finds 'write after free' write_freed $size
done
check "and again, where it is off" writable 0
sleep 1
bad=$(value_of bad_accesses)
check "read behind objects" misuse read_over 64 300
equal "nothing is reported" "$(value_of bad_accesses)" "$bad"
check "switch it on once more" writable 1
check "use it" misuse use 64 3000
check "nothing is kept" wait_for 10 trim_all
balanced
unload kspan_misuse
check "unload kspan" unload kspan
finish
