#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Modules of others on kspan's memory, built by host/make_real.sh from sources that know nothing of it. Each does its
# work: a video device passes frames on, a file system keeps files, a translator connects hosts. What they allocated is
# seen in kspan's statistics, and that nothing of it is left when they are gone.

. "$(dirname "$0")/lib.sh"

readonly FILES=120

# uses MINIMUM NAME: what was allocated since $before
uses()
{
	n=$(($(value_of allocs) - before))
	at_least "$2: $n objects from kspan, $1 at least" $n "$1"
}

none_left()
{
	check "$1: no object is left" wait_for 120 value_is live_objects 0
	equal "$1: no bad free" "$(value_of bad_frees)" 0
}

# have MODULE [PROGRAM...]: whether the host has brought it, and the programs for it
have()
{
	for wanted; do
		module_path "$wanted" >/dev/null || command -v "$wanted" >/dev/null || {
			skip "$1" "host/make_real.sh could not get $wanted"
			return 1
		}
	done
}

# ---- v4l2loopback ----

video()
{
	have v4l2loopback video_frames || return
	before=$(value_of allocs)
	check "load videodev" modprobe videodev
	must "load v4l2loopback" load v4l2loopback devices=2
	check "its devices are there" wait_for 20 test -c /dev/video1
	for device in /dev/video0 /dev/video1; do
		check "frames pass $device" video_frames $device 50
		check "and again" video_frames $device 50
	done
	check "unload v4l2loopback" unload v4l2loopback
	uses 10 v4l2loopback
	none_left v4l2loopback
}

# ---- apfs ----

# fill DIR: files that differ in size, and names
fill()
{
	for d in 1 2 3; do
		mkdir -p "$1/directory $d/sub" || return
		for f in $(seq $((FILES / 3))); do
			head -c $((f * f * 20 + d)) /dev/urandom >"$1/directory $d/file $f" || return
		done
		ln -s "../file $d" "$1/directory $d/sub/link" || return
	done
}

# change DIR: what a file system has to remember
change()
{
	rm "$1/directory 1/file 1" "$1/directory 1/file 2" &&
		mv "$1/directory 2/file 3" "$1/directory 3/sub/moved" &&
		ln "$1/directory 2/file 4" "$1/directory 3/hard" &&
		echo more >>"$1/directory 3/file 5" &&
		rm -r "$1/directory 1/sub"
}

same_trees()
{
	diff -r "$1" "$2"
}

mount_apfs()
{
	mount -t apfs -o readwrite "$loop" "$scratch/apfs"
}

file_system()
{
	have apfs mkapfs apfsck || return
	mkdir -p "$scratch/apfs" "$scratch/copy"
	check "load what it needs" modprobe -a crc32c_generic libcrc32c loop
	must "load apfs" load apfs
	truncate -s 400M "$scratch/image"
	check "make a file system" mkapfs "$scratch/image"
	loop=$(losetup -f)
	must "a block device" losetup "$loop" "$scratch/image"
	before=$(value_of allocs)
	must "mount it" mount_apfs
	fill "$scratch/copy"
	check "write $FILES files" cp -a "$scratch/copy/." "$scratch/apfs/"
	check "read them" same_trees "$scratch/copy" "$scratch/apfs"
	change "$scratch/copy"
	check "change some" change "$scratch/apfs"
	n=$(value_of live_objects)
	at_least "apfs: $n live objects while mounted" "$n" 50
	check "unmount" umount "$scratch/apfs"
	check "mount it again" mount_apfs
	check "all is as it was" same_trees "$scratch/copy" "$scratch/apfs"
	check "unmount again" umount "$scratch/apfs"
	check "apfsck finds it sound" apfsck "$loop"
	check "unload apfs" unload apfs
	uses 1000 apfs
	losetup -d "$loop"
	none_left apfs
}

# ---- Jool: NAT64 between a host that has IPv6 only and one that has IPv4 only ----

readonly SERVER=203.0.113.8
readonly SERVER_BY_6=64:ff9b::cb00:7108

# host: a namespace of the network, held by a process; sets pid
host()
{
	unshare -n sleep 1000 >/dev/null 2>&1 &
	pid=$!
	wait_for 20 other_namespace
}

other_namespace()
{
	[ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# on HOST COMMAND...
on()
{
	namespace=$1
	shift
	nsenter -n -t "$namespace" "$@"
}

# cable NAME HOST: a pair of interfaces, NAME here and veth0 there
cable()
{
	ip link add "$1" type veth && ip link set veth0 netns "$2" && ip link set "$1" up && on "$2" ip link set veth0 up
}

network()
{
	for file in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 >"$file"; done
	host && six=$pid && host && four=$pid && cable to_six "$six" && cable to_four "$four" &&
		ip addr add 2001:db8::1/96 dev to_six && ip addr add 203.0.113.1/24 dev to_four &&
		on "$six" ip addr add 2001:db8::8/96 dev veth0 &&
		on "$four" ip addr add $SERVER/24 dev veth0 &&
		on "$six" ip -6 route add 64:ff9b::/96 via 2001:db8::1 &&
		echo 1 >/proc/sys/net/ipv4/conf/all/forwarding &&
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
}

pings()
{
	on "$six" ping6 -c 1 -W 2 $SERVER_BY_6
}

# transfer BYTES: a file, through a connection of its own
transfer()
{
	head -c "$1" /dev/urandom >"$scratch/served/file" &&
		printf 'GET /file HTTP/1.0\r\n\r\n' | on "$six" nc -w 20 $SERVER_BY_6 80 >"$scratch/reply" &&
		tail -c "$1" "$scratch/reply" | cmp - "$scratch/served/file"
}

translator()
{
	have jool jool_common jool || return
	check "load what it needs" modprobe -a veth x_tables nf_defrag_ipv4 nf_defrag_ipv6
	before=$(value_of allocs)
	check "load jool_common" load jool_common
	must "load jool" load jool
	must "two hosts and two cables" network
	check "nothing connects them" refused pings
	check "a translator" jool instance add default --netfilter --pool6 64:ff9b::/96
	check "a ping comes back" wait_for 2 pings
	mkdir "$scratch/served"
	nsenter -n -t "$four" httpd -f -h "$scratch/served" >/dev/null 2>&1 &
	server=$!
	for bytes in 100 5000 50000 1000000; do
		check "a file of $bytes bytes by TCP" transfer $bytes
	done
	n=$(jool -i default session display --tcp --numeric --no-headers --csv | grep -c $SERVER)
	at_least "sessions that it knows" "$n" 4
	n=$(value_of live_objects)
	at_least "Jool: $n live objects at work" "$n" 5
	check "no translator" jool instance remove default
	check "unload jool" unload jool
	check "unload jool_common" unload jool_common
	uses 20 Jool
	kill "$six" "$four" $server
	none_left Jool
}

cleanup()
{
	umount "$scratch/apfs" 2>/dev/null
	[ -z "${loop:-}" ] || losetup -d "$loop" 2>/dev/null
	# shellcheck disable=SC2086 # words
	kill ${six:-} ${four:-} ${server:-} 2>/dev/null
	for module in v4l2loopback apfs jool jool_common; do
		unload $module 2>/dev/null
	done
}

begin
[ -n "${KSPAN_VM:-}" ] || skip_all "not in a guest"
must "load kspan" load kspan
video
file_system
translator
finish
