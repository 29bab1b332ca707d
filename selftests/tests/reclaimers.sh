#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A client's shrinker may call kspan. Where the kernel has lockdep, a lock of kspan's that waits for reclaim elsewhere is
# reported, though nobody waits here. OPERATIONS names those to try, each of which lockdep tells about only if it has
# told of none before.

. "$(dirname "$0")/lib.sh"

readonly TRIED=${OPERATIONS:-heap_reset stats heap_stats region_destroy trim}

done_are()
{
	stuck reclaimed
	equal "$1" "$(stuck_result done)" "$2"
}

begin
must "load kspan" load kspan
must "load kspan_stuck" load kspan_stuck
n=0
for operation in $TRIED; do
	n=$((n + 1))
	must "prepare for $operation" stuck reclaim "$operation"
	must "$operation in a shrinker" returns write_to 2 /proc/sys/vm/drop_caches
	done_are "it returned" $n
done
check "unload kspan_stuck" unload kspan_stuck
balanced
check "unload kspan" unload kspan
finish
