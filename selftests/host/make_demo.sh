#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_demo.sh: kspan.ko on Debian's stock kernel in a virtual machine, from nothing but this checkout.
#
# Installs what is missing, downloads the kernel, builds the modules against its headers, boots it on two CPUs and
# runs tests/demo.sh there, whose summary comes last. The exit status tells whether everything was as it should be.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly STATION=stock

main()
{
	help_wanted "$@"
	step 1 3 "Debian's stock kernel, and what it takes to boot it"
	need_packages qemu-system-x86 busybox-static cpio rsync
	"$vm_dir/kernel.sh" $STATION >/dev/null
	step 2 3 "build kspan.ko and its clients"
	"$vm_dir/modules.sh" $STATION >/dev/null
	step 3 3 "boot, load, replay, unload"
	"$vm_dir/run.sh" --no-build --timeout 900 $STATION tests/demo.sh
}

main "$@"; exit
