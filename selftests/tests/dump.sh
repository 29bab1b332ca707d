#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What host/make_dump.sh looks for in an image of the guest's memory: objects of two heaps, live and freed, and large ones.
# /tmp/dump has their addresses, as the tracepoint told them, and where kspan.ko lies. The kernel's command line needs
# no_hash_pointers.

. "$(dirname "$0")/lib.sh"

readonly EVENTS=/sys/kernel/tracing/events/kspan
readonly TRACE=/sys/kernel/tracing/trace

# told EVENT: lines "EVENT ADDRESS BYTES HEAP"
told()
{
	sed -n "s/.* $1: .*ptr=\(0x\)*0*\([0-9a-f]*\) .*bytes_alloc=\([0-9]*\) .*heap=\([^ ]*\) .*/$1 0x\2 \3 \4/p" $TRACE
}

begin
[ ! -e /host/qemu_fw_cfg.ko ] || insmod /host/qemu_fw_cfg.ko	# drgn wants what it leaves in the image
must "load kspan" load kspan
must "load kspan_misuse" load kspan_misuse
[ -d $EVENTS ] || skip_all "this kernel has no tracefs"
rm -rf /tmp/dump
mkdir -p /tmp/dump/sections
cp /sys/module/kspan/sections/.[a-z]* /tmp/dump/sections/
must "open a heap" misuse heap_open
must "enable the tracepoints" sh -c "echo 1 >$EVENTS/alloc/enable && echo 1 >$EVENTS/free/enable"
misuse hold 700 1
misuse release
check "objects of a heap" misuse heap_fill 100 5
check "objects of the default heap" misuse hold 5000 3
check "a large object" misuse hold 100000 1
check "a larger one" misuse hold 3000000 1
told alloc >/tmp/dump/objects
told free >>/tmp/dump/objects
cat $KSPAN_DEBUGFS/segments >/tmp/dump/segments
at_least "their addresses are told" "$(wc -l </tmp/dump/objects)" 12
echo "kspan-vm: dump" >/dev/kmsg
sleep "${SECONDS_DUMP:-5}"
echo 0 >$EVENTS/enable
misuse release
check "close the heap" misuse heap_reset
misuse heap_close
finish
