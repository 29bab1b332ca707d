#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A hundred rounds of fill and drain end with the memory that the first one ended with.

. "$(dirname "$0")/lib.sh"
# shellcheck source=memory_lib.sh
. "$(dirname "$0")/memory_lib.sh"

readonly ROUNDS=100
readonly ROUND_MB=4
readonly SLACK=$((512 << 10))	# the kernel's own

fill_and_drain()
{
	memory fill kspan mixed $ROUND_MB && memory release kspan
}

# Each tenth time all goes back to the kernel in between.
rounds()
{
	n=1
	while [ $n -lt $ROUNDS ]; do
		fill_and_drain || return
		n=$((n + 1))
		[ $((n % 10)) -ne 0 ] || echo 1 >$KSPAN_DEBUGFS/trim
	done
}

settled()
{
	wait_for 60 trim_all
}

same_memory()
{
	load_both "$1"
	must "a round" fill_and_drain
	check "all goes back but the reserve" settled
	first=$(free_bytes)
	kspan_first=$(value_of arena_bytes)
	must "$((ROUNDS - 1)) more" rounds
	check "all goes back again" settled
	at_most "$1: bytes lost in $ROUNDS rounds of $ROUND_MB MB" $((first - $(free_bytes))) $SLACK
	equal "kspan says so, too" "$(value_of arena_bytes)" "$kspan_first"
	unload_both
}

begin
[ -n "${KSPAN_VM:-}" ] || skip_all "not in a guest"
same_memory vmalloc
same_memory direct
finish
