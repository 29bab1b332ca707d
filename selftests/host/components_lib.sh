# SPDX-License-Identifier: GPL-2.0
# Sourced by make_components.sh and bench/component.sh after vm/lib.sh: parts of the kernel's source, built against the
# stock kernel.
# shellcheck shell=bash

# The station that is built from the source package has it unpacked; sets kdir and source.
components_find()
{
	local stock unpacked

	kdir=$(kdir_of stock)
	source=$(readlink -f "$(kdir_of uml)/source")
	stock=$(make -s -C "$kdir" kernelversion)
	unpacked=$(make -s -C "$source" kernelversion)
	[ "$stock" = "$unpacked" ] || skip "the stock kernel is $stock, the source package $unpacked"
}

# components_copy BUILD FILE...: what is the same stays as old as it is, and is not compiled again. That kspan's symbols
# have changed the kernel's build does not see.
components_copy()
{
	local build=$1 s

	shift
	mkdir -p "$build"
	rm -f "$build/Module.symvers"
	rsync -lpc "$selftests/clients/components/Kbuild" "$build/"
	for s in "$@"; do rsync -rlpc "$source/$s" "$build/"; done
}

# components_build BUILD ARGUMENT...: with make's arguments. A warning is a failure, too: the sources have none of their
# own.
components_build()
{
	local build=$1 log=$1/build.log

	shift
	if ! nice make -C "$kdir" M="$build" -s -j"$(nproc)" "$@" modules >"$log" 2>&1 || grep 'warning:' "$log"; then
		cat "$log" >&2
		rm -rf "$build"
		die "the components do not build without a warning"
	fi
	strip --strip-debug "$build"/*.ko
}
