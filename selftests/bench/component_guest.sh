#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# component_guest.sh: the guest's part of component.sh. Each file system is loaded as it is and, in /host/kspan, on
# kspan's memory, twice in turn; its lines are left in /tmp/bench/lines.

STATS=/sys/kernel/debug/kspan/stats
DISK=/tmp/disk
OUT=/tmp/bench

fail()
{
	echo "component: $*"
	dmesg | tail -n 5
	exit 1
}

allocs()
{
	awk '$1 == "allocs" { print $2 }' $STATS
}

# count NAME OPERATION TIMES DIRECTORY
count()
{
	before=$(allocs)
	insn=$(/host/component "$2" "$3" "$4") || fail "$1 $2 failed"
	echo "component name=$1-$2 round=$round on=$on insn=$insn objects=$(($(allocs) - before)) times=$3" >>$OUT/lines
}

make_layers()
{
	mkdir -p $DISK
	mount -t tmpfs disk $DISK || fail "no tmpfs"
	mkdir $DISK/a $DISK/b $DISK/upper $DISK/work $DISK/merged $DISK/auto
	for n in $(seq 500); do
		echo "$n" >"$DISK/a/f$n"
		echo "$n" >"$DISK/b/g$n"
	done
}

overlay()
{
	insmod "/host/$on/overlay.ko" || fail "overlay.ko does not load"
	mount -t overlay -o "lowerdir=$DISK/b:$DISK/a,upperdir=$DISK/upper,workdir=$DISK/work" overlay $DISK/merged ||
		fail "overlay is not mounted"
	count overlayfs list 100 $DISK/merged
	count overlayfs missing 10000 $DISK/merged
	count overlayfs read 5000 $DISK/merged
	count overlayfs file 2000 $DISK/merged
	umount $DISK/merged || fail "overlay is not unmounted"
	rmmod overlay || fail "overlay.ko does not unload"
}

autofs()
{
	insmod "/host/$on/autofs4.ko" || fail "autofs4.ko does not load"
	count autofs missing 10000 autofs:$DISK/auto
	count autofs dir 5000 autofs:$DISK/auto
	count autofs symlink 5000 autofs:$DISK/auto
	rmmod autofs4 || fail "autofs4.ko does not unload"
}

mkdir -p $OUT
: >$OUT/lines
dd if=/dev/random of=/dev/null bs=1 count=1 2>/dev/null
insmod /kspan/kspan.ko arena_decay_ms=3600000 || fail "kspan.ko does not load"
make_layers
for round in 1 2; do
	for on in kmalloc kspan; do
		echo "round $round on $on"
		overlay
		autofs
	done
done
umount $DISK
rmmod kspan || fail "kspan.ko does not unload"
