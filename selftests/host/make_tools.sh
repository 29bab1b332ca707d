#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_tools.sh [RUN.SH OPTION...]: the scripts and programs of tools/ on Debian's stock kernel in a virtual machine.
#
# bpftrace, perf, trace-cmd and what they need are fetched as Debian packages, into the cache, and unpacked for the guest
# alone; so are ncurses' libraries, for kspantop, which is compiled here. Where they are not to be had they are skipped.

set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$vm_dir/apt.sh"

readonly STATION=stock
readonly LIBRARIES="libbpf1 libbpfcc libc6 libclang-cpp14 libclang1-14 libdw1 libedit2 libelf1 libffi8 libgcc-s1 libbz2-1.0 libbsd0
	libbabeltrace1 libcap2 libcrypt1 libexpat1 libglib2.0-0 libnuma1 libopencsd1 libpcre2-8-0 libperl5.36 libpython3.11
	libslang2 libtraceevent1 libtracefs1 libtracecmd1 libunwind8 libuuid1 libzstd1 libicu72 libllvm14 liblzma5 libmd0 libstdc++6 libtinfo6 libxml2 libz3-4 zlib1g libncursesw6 ncurses-base"

main()
{
	help_wanted "$@"
	root=$cache/tools/tracers
	work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-tools.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	step 1 3 "bpftrace, perf, trace-cmd, and kspantop"
	need_packages gcc make libncurses-dev
	mkdir "$work/tools"
	make -s -C "$selftests/tools/kspantop" OUT="$work/tools"
	take_lock tracers
	fetch || say "no bpftrace, perf and trace-cmd: what is for them is skipped"
	release_lock
	step 2 3 "kspan.ko and its clients"
	"$vm_dir/modules.sh" $STATION >/dev/null
	step 3 3 "boot, and use each"
	set -- --no-build --timeout 900 --mem 3072 --file "$work/tools/kspantop:/host/kspantop" "$@"
	[ ! -e "$root/complete" ] || set -- --file "$root/root:/host/tracers" "$@"
	"$vm_dir/run.sh" "$@" $STATION tests/tools.sh
}

# The libraries' names are those of Debian 12; elsewhere apt does not find them.
fetch()
{
	local p

	[ ! -e "$root/complete" ] || return 0
	use_suite own && rm -rf "$root" && mkdir -p "$root/root" || return
	# shellcheck disable=SC2086 # a list of names
	fetch_packages "$root/debs" bpftrace linux-perf trace-cmd $LIBRARIES >"$work/fetch" 2>&1 || {
		tail -n 3 "$work/fetch" >&2
		return 1
	}
	for p in "$root"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$p" | tar -xf - -C "$root/root" --exclude=./usr/share/doc --exclude=./usr/share/man \
			--exclude=./usr/share/locale --exclude=./usr/lib/x86_64-linux-gnu/gconv || return
	done
	rm -r "$root/debs"
	touch "$root/complete"
}

main "$@"; exit
