#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A client that leaks: rmmod of kspan counts the lost objects by class and leaves their segments
# mapped. The memory is lost until the next boot: two segments of 2 MB.

. "$(dirname "$0")/lib.sh"

readonly SEGMENT_BYTES=$((2 << 20))

reported()
{
	grep -q "kspan: $1" "$scratch/expected"
}

leak_all()
{
	check "leak 3 of 64 bytes" misuse leak 64 3
	check "leak 2 of 100 bytes" misuse leak 100 2
	check "leak 5 of 6 bytes" misuse leak 6 5
	check "leak one of 100000 bytes" misuse leak 100000 1
	check "what is freed is no leak" misuse sane
	equal "11 live objects" "$(value_of live_objects)" 11
}

begin
areas_before=$(areas_of $SEGMENT_BYTES)
must "load kspan" load kspan tiny=1
must "load kspan_misuse" load kspan_misuse
class_64=$(row_of 64)
class_112=$(row_of 112)
leak_all
segments=$(value_of segments)
check "unload the client that leaked" unload kspan_misuse
equal "its objects are still there" "$(value_of live_objects)" 11

expect_begin 'still live|objects live'
check "unload kspan all the same" unload kspan
check "it reports" expect_end
expect_log >"$scratch/expected"
check "3 of class $class_64" reported "3 objects of size class $class_64 (64 bytes) still live"
check "2 of class $class_112" reported "2 objects of size class $class_112 (112 bytes) still live"
check "5 tiny ones" reported "5 objects .*still live"
check "1 large one" reported "1 large object.*still live"
equal "nothing else is reported" "$(grep -c 'still live' "$scratch/expected")" 4
at_least "a segment with live objects stays mapped" "$(areas_of $SEGMENT_BYTES)" $((areas_before + 1))
at_least "no more segments than there were" $((areas_before + segments)) "$(areas_of $SEGMENT_BYTES)"

areas_left=$(areas_of $SEGMENT_BYTES)
must "load kspan again" load kspan
equal "the new one knows nothing of it" "$(value_of live_objects)" 0
must "load kspan_misuse" load kspan_misuse
check "it works" misuse sane
check "unload kspan_misuse" unload kspan_misuse
balanced
check "unload kspan" unload kspan
equal "the leak did not grow" "$(areas_of $SEGMENT_BYTES)" "$areas_left"
finish
