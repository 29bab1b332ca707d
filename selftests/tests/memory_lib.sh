# SPDX-License-Identifier: GPL-2.0
# Sourced after lib.sh by the scripts that measure memory: what is free, a process that wants some, and the client
# kspan_memory.

ACTION=/sys/module/kspan_memory/parameters/action
MB=$((1 << 20))

# memory ACTION kspan|slab ...: what the client has to do
memory()
{
	echo "$*" 2>/dev/null >$ACTION
}

# What is free when nobody caches files any more: MemFree, and the free pages that each CPU keeps at hand, up to some MB.
free_bytes()
{
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree:/ { bytes += $2 * 1024 } $1 == "count:" { bytes += $2 * 4096 } END { print bytes }' \
		/proc/meminfo /proc/zoneinfo
}

available_mb()
{
	awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo
}

# A process with so many megabytes, each byte written; fails if it is killed.
use_as_process()
{
	dd if=/dev/zero of=/dev/null bs="$1M" count=1 2>/dev/null
}

# at_most DESCRIPTION VALUE MAXIMUM: shows the figure also where it is good
at_most()
{
	echo "# $1: $2, at most $3"
	at_least "$1" "$3" "$2"
}

# load_both vmalloc|direct: kspan and the client
load_both()
{
	must "load kspan backing=$1" load kspan backing="$1"
	must "load kspan_memory" load kspan_memory
}

unload_both()
{
	check "unload kspan_memory" unload kspan_memory
	balanced
	check "unload kspan" unload kspan
}

# For a script that ends early.
cleanup()
{
	unload kspan_memory
}
