#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Objects are on the memory node of the CPU that allocates them, and go back there wherever they are freed.

. "$(dirname "$0")/lib.sh"

readonly ACTION=/sys/module/kspan_nodes/parameters/action
readonly SIZES="64 1024 40000 3000000"
readonly TAKE_MB=16

nodes()
{
	echo "$*" 2>/dev/null >$ACTION
}

# all_local TEXT CPU SIZE: allocates
all_local()
{
	nodes take "$2" "$3" $TAKE_MB || {
		fail "$1: CPU $2 allocates objects of $3 bytes"
		return
	}
	read_stats $ACTION
	echo "# CPU $2, node $stat_node: $stat_local of $stat_objects objects of $3 bytes are local"
	at_least "$1: of $3 bytes 99 % are local" $((stat_local * 100 / stat_objects)) 99
}

# node_of CPU
node_of()
{
	nodes take "$1" 64 1 && value_of node $ACTION && nodes give "$1"
}

# Sets home and away to CPUs of two nodes.
find_cpus()
{
	home=0
	for away in $cpus; do
		[ "$(node_of "$away")" = "$(node_of $home)" ] || return 0
	done
	return 1
}

# go_home SIZE: objects of one node are freed by a CPU of another; then both allocate
go_home()
{
	check "nothing is cached" wait_for 60 trim_all
	all_local "new on CPU $home" $home "$1"
	held=$(value_of held_bytes)
	check "CPU $away frees them" nodes give "$away"
	all_local "then on CPU $away" "$away" "$1"
	check "CPU $home frees those" nodes give $home
	all_local "again on CPU $home" $home "$1"
	check "CPU $away frees them" nodes give "$away"
	echo 1 >$KSPAN_DEBUGFS/trim
	all_local "after a trim on CPU $home" $home "$1"
	again=$(value_of held_bytes)
	echo "# $held bytes held at first, $again after all that"
	at_least "no more is held than at first" $((held + held / 20)) "$again"
	check "free them" nodes give $home
}

# on BACKING
on()
{
	must "load kspan backing=$1" load kspan backing="$1"
	must "load kspan_nodes" load kspan_nodes
	must "CPUs of two nodes" find_cpus
	for size in $SIZES; do
		for cpu in $cpus; do
			all_local "$1, CPU $cpu" "$cpu" "$size"
			check "it frees them" nodes give "$cpu"
		done
		go_home "$size"
	done
	check "unload kspan_nodes" unload kspan_nodes
	balanced
	check "unload kspan" unload kspan
}

cleanup()
{
	unload kspan_nodes
}

begin
[ -d /sys/devices/system/node/node1 ] || skip_all "one memory node"
cpus=$(awk '$1 == "processor" { print $3 }' /proc/cpuinfo)
for backing in vmalloc direct; do
	on $backing
done
finish
