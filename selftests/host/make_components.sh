#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_components.sh [RUN.SH OPTION...]: parts of the kernel, from the distribution's source package and unchanged, built
# with slab_override.h against the stock kernel, and at work there on kspan's memory: see tests/components.sh.
#
# Exit status: that of vm/run.sh.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

# Which files of the kernel's source; clients/components/Kbuild makes modules of them.
readonly SOURCES="fs/overlayfs lib/objagg.c lib/test_objagg.c lib/parman.c lib/test_parman.c"

main()
{
	help_wanted "$@"
	kspan=$(build_dir stock)
	build=$(build_dir components)
	kdir=$(kdir_of stock)
	source=$(readlink -f "$(kdir_of uml)/source")
	"$vm_dir/modules.sh" stock >/dev/null
	same_version
	copy_sources
	build_components
	# shellcheck disable=SC2046 # words
	"$vm_dir/run.sh" --no-build $(files) "$@" stock tests/components.sh
}

# The station that is built from the source package has it unpacked.
same_version()
{
	local stock unpacked

	stock=$(make -s -C "$kdir" kernelversion)
	unpacked=$(make -s -C "$source" kernelversion)
	[ "$stock" = "$unpacked" ] || skip "the stock kernel is $stock, the source package $unpacked"
}

# What is the same stays as old as it is, and is not compiled again. That kspan's symbols have changed the kernel's build
# does not see.
copy_sources()
{
	local s

	mkdir -p "$build"
	rm -f "$build/Module.symvers"
	rsync -lpc "$selftests/clients/components/Kbuild" "$build/"
	for s in $SOURCES; do rsync -rlpc "$source/$s" "$build/"; done
}

# A warning is a failure, too: the sources have none of their own.
build_components()
{
	local log=$build/build.log

	if ! nice make -C "$kdir" M="$build" -s -j"$(nproc)" KSPAN="$kspan" \
		KBUILD_EXTRA_SYMBOLS="$kspan/Module.symvers" modules >"$log" 2>&1 || grep 'warning:' "$log"; then
		cat "$log" >&2
		rm -rf "$build"
		die "the components do not build without a warning"
	fi
	strip --strip-debug "$build"/*.ko
}

files()
{
	local ko

	for ko in "$build"/*.ko; do echo "--file $ko:/kspan/$(basename "$ko")"; done
}

main "$@"; exit
