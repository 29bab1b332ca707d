#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In 512 MB: of 250 MB in small objects few survive, at random places. Then a process wants the rest of the memory.

. "$(dirname "$0")/lib.sh"
# shellcheck source=memory_lib.sh
. "$(dirname "$0")/memory_lib.sh"

readonly TOTAL_MB=520
readonly WANTED_PERCENT=82	# of what is available

total_mb()
{
	awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo
}

# survive PERMILLE: so many are left, and what nobody uses has gone
survive()
{
	must "250 MB in small objects" memory fill kspan small 250
	must "keep $1 in 1000 at random" memory scattered kspan "$1"
	sleep 3
}

# beside BACKING PERMILLE MEGABYTES
beside()
{
	load_both "$1"
	survive "$2"
	room=$(available_mb)
	echo "# $1, $2 in 1000: kspan keeps $(($(value_of arena_bytes) >> 20)) MB, $room MB are available, a process wants $3"
	# what segments cannot give back has no bar: there the process wants what there is
	[ "$1" = direct ] || set -- "$1" "$2" $((room * WANTED_PERCENT / 100))
	check "$1, $2 in 1000: a process of $3 MB lives" use_as_process "$3"
	memory release kspan
	unload_both
}

begin
[ -n "${KSPAN_VM:-}" ] || skip_all "not in a guest"
[ "$(total_mb)" -le $TOTAL_MB ] || skip_all "more memory than is wanted"
for backing in vmalloc direct; do
	beside $backing 1 300
	beside $backing 50 200
done
finish
