#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_real.sh [RUN.SH OPTION...]: modules of others at work on kspan's memory in the stock kernel: v4l2loopback, the file
# system apfs and the translator Jool, from Debian's packages, their sources unchanged, built with slab_override.mk; see
# tests/real.sh. And modules by the override that have a USB device and all of the crypto API: see tests/hardware.sh.
#
# Packages are downloaded and unpacked in the cache. One that cannot be had is told, and what it is for is skipped.
# Exit status: that of vm/run.sh.

set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$vm_dir/apt.sh"
. "$vm_dir/tools.sh"

# The kernel's own modules that a guest needs, beside those that ours name.
readonly KERNEL_MODULES="xhci-pci gcm ctr ghash-generic crc32c_generic loop veth"

# Programs that are not in busybox, and their libraries.
readonly PROGRAMS="apfsprogs jool-tools libc6 libnl-3-200 libnl-genl-3-200"

files=()

main()
{
	help_wanted "$@"
	need_packages kmod
	"$vm_dir/modules.sh" stock >/dev/null
	kspan=$(build_dir stock)
	kdir=$(kdir_of stock)
	release=$("$vm_dir/kernel.sh" stock | sed -n 's/^RELEASE=//p')
	build=$(build_dir real)
	mkdir -p "$build"
	rm -f "$build"/*.ko
	have v4l2loopback-dkms && build_module v4l2loopback-dkms . Makefile
	have apfs-dkms && build_module apfs-dkms . Makefile
	have jool-dkms && build_module jool-dkms src/mod/common Kbuild && build_module jool-dkms src/mod/nat64 Makefile
	add_modules
	add_programs
	add_kernel_modules
	"$vm_dir/run.sh" --no-build --timeout 600 --device qemu-xhci --device usb-mouse "${files[@]}" "$@" stock \
		tests/run_all.sh real hardware
}

# have NAME [PACKAGE...]: the packages, or the one of that name, are unpacked in the cache. Those that are not have said why.
have()
{
	local name=$1

	[ $# -gt 1 ] || set -- "$1" "$1"
	(need_tool "real-$name" own "${@:2}")
}

# build_module PACKAGE DIRECTORY KBUILD: a copy of its source, to whose file KBUILD the one line of the override is added.
# A warning of the compiler is no failure: some have them without kspan.
build_module()
{
	local source=$build/$1 dir log=$build/$1.log

	if [ ! -e "$source" ]; then
		cp -r "$cache/tools/real-$1/usr/src"/* "$source.new"
		mv "$source.new" "$source"
	fi
	dir=$source/$2
	# shellcheck disable=SC2016 # make's own
	grep -q slab_override.mk "$dir/$3" ||
		echo '-include $(or $(KSPAN),/usr)/include/kspan/slab_override.mk' >>"$dir/$3"
	rm -f "$dir/Module.symvers"
	if ! nice make -C "$kdir" M="$dir" -s -j"$(nproc)" KSPAN="$kspan" KCFLAGS=-g0 CONFIG_DEBUG_INFO_BTF_MODULES= \
		modules >"$log" 2>&1; then
		cat "$log" >&2
		die "$1 does not build on kspan"
	fi
	grep 'kspan: ' "$log" >&2 || true
	find "$dir" -name '*.ko' -exec cp -t "$build" {} +
}

add_modules()
{
	local ko

	for ko in "$build"/*.ko; do
		[ -e "$ko" ] || die "none of the modules can be had"
		strip --strip-debug "$ko"
		files+=(--file "$ko:/kspan/$(basename "$ko")")
	done
}

# Linked dynamically: with the loader and the libraries where they look for them.
add_programs()
{
	local root=$cache/tools/real-programs file

	# shellcheck disable=SC2086 # words
	have programs $PROGRAMS || return 0
	files+=(--file "$root/$LIBRARIES/ld-linux-x86-64.so.2:/lib64/ld-linux-x86-64.so.2")
	for file in "$root/$LIBRARIES"/lib{c,m}.so.6 "$(find "$root" -name libnl-3.so.200)" \
		"$(find "$root" -name libnl-genl-3.so.200)"; do
		files+=(--file "$file:/$LIBRARIES/$(basename "$file")")
	done
	"${CC:-cc}" -Wall -Wextra -Werror -O2 -static -o "$build/video_frames" "$selftests/tests/video_frames.c"
	for file in "$build/video_frames" "$root"/usr/sbin/mkapfs "$root"/usr/sbin/apfsck "$root"/usr/bin/jool; do
		files+=(--file "$file:/bin/$(basename "$file")")
	done
}

# Those that are wanted, with what they need, from the kernel's package.
add_kernel_modules()
{
	local wanted all name root=$build/root ko

	have "linux-$release" "linux-image-$release" || return 0
	all=$cache/tools/real-linux-$release
	[ -e "$all/lib/modules/$release/modules.dep" ] || depmod -b "$all" "$release"
	wanted=$(modinfo -F depends "$build"/*.ko | tr ',' '\n' | sort -u | grep -vxE 'kspan|jool_common|')
	rm -rf "$root"
	mkdir -p "$root/lib/modules/$release/kernel"
	for name in $wanted $KERNEL_MODULES; do
		for ko in $(modprobe -d "$all" -S "$release" --show-depends "$name" | sed -n 's/^insmod \([^ ]*\).*/\1/p'); do
			cp "$ko" "$root/lib/modules/$release/kernel/"
		done
	done
	cp "$all/lib/modules/$release"/modules.builtin* "$all/lib/modules/$release/modules.order" "$root/lib/modules/$release/"
	depmod -b "$root" "$release"
	files+=(--file "$root/lib/modules:/lib/modules")
}

main "$@"; exit
