#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernel.sh [--refresh] STATION: makes sure that the station's kernel is in the cache and says where.
#
# Packaged kernels are downloaded and unpacked, the others built from the distribution's source package. Progress goes
# to stderr; stdout gets KDIR=, KERNEL=, ARCH=, RELEASE=, BUILD= (what make is told besides, for modules) and the boot
# defaults CPUS=, MEM=, APPEND=.
# A kernel in the cache is used as it is; --refresh looks for a newer version. --list names the stations.
# Exit status 4: the kernel's package cannot be had from here.

set -eu
. "$(dirname "$0")/lib.sh"
. "$vm_dir/apt.sh"
. "$vm_dir/tools.sh"
. "$vm_dir/stations.sh"

# what compilers and programs of a kernel's build are linked with
readonly compiler_libraries="libc6 libelf1t64 libssl3t64 zlib1g libzstd1 libisl23 libmpc3 libmpfr6 libgmp10
	libstdc++6 libgcc-s1"

build_packages="gcc make flex bison bc patch perl libc6-dev libelf-dev libssl-dev xz-utils kmod cpio util-linux"

main()
{
	local refresh=""

	while [ $# -gt 0 ]; do
		case $1 in
		--refresh) refresh=yes ;;
		--list) echo "$stations" | tr ' ' '\n'; exit 0 ;;
		-h | --help) usage "$0"; exit 0 ;;
		*) break ;;
		esac
		shift
	done
	name=${1:?which station? see --list}
	station "$name" || die "no station $name; there are: $stations"
	# shellcheck disable=SC2086 # lists of names
	need_packages $build_packages $tools
	current=$cache/kernels/$name.$(configuration_hash)
	if [ -n "$refresh" ] || [ ! -e "$current/complete" ]; then
		take_lock "kernel-$name"
		# another process may have made it meanwhile
		[ -z "$refresh" ] && [ -e "$current/complete" ] || "make_$kind"
	fi
	print_station
}

# What the kernel is made of besides its version: the fragments and patches, or nothing for a packaged one.
configuration_hash()
{
	{
		echo "$kind "
		for f in $fragments; do cat "$vm_dir/configs/$f.config"; done
		[ "$kind" = packaged ] || cat "$(patch_dir)"/*.patch 2>/dev/null || true
	} | sha256sum | cut -c 1-12
}

patch_dir() { echo "$vm_dir/patches/${source#linux-source-}"; }

print_station()
{
	local kernel=$current/kernel

	printf '%s\n' "KDIR=$(readlink -f "$current/kdir")" "KERNEL=$(readlink -f "$kernel")" "ARCH=$arch" \
		"RELEASE=$(cat "$current/release")" "BUILD=${cross:+CROSS_COMPILE=$cross}$(cat "$current/build" 2>/dev/null)" \
		"CPUS=$cpus" "MEM=$mem" "APPEND=$append"
}

# Sets suite to the first that has PACKAGE and version to its version there; ends the script when there is none.
find_package()
{
	for suite in $suites; do
		use_suite "$suite" || continue
		version=$(package_field "$1" Version)
		[ -z "$version" ] || return 0
	done
	if [ -n "$update_failed" ]; then
		tail -n 10 "$update_failed" >&2
		die "no $1: not all package lists could be had, see $update_failed"
	fi
	skip "no $1 in the suites $suites of this machine's mirror"
}

# begin_kernel DIR, finish_kernel DIR RELEASE: what lies between is not in the cache until it has finished.
begin_kernel()
{
	mkdir -p "$1"
	rm -f "$1/complete"
}

finish_kernel()
{
	echo "$2" >"$1/release"
	touch "$1/complete"
	ln -sfn "$(basename "$1")" "$current"
}

# ---- packaged kernels ----

make_packaged()
{
	local dir release binary headers debs

	find_package "$image"
	release=$(package_field "$image" Depends | tr ',' '\n' | sed -n 's/^ *linux-image-\([0-9][^ ]*\).*/\1/p')
	[ -n "$release" ] || die "$image names no kernel"
	dir=$cache/kernels/$name-$release-$version
	if [ ! -e "$dir/complete" ]; then
		begin_kernel "$dir"
		debs=$dir/debs
		headers=$(package_field "linux-headers-$release" Depends | tr ',' '\n' |
			sed -n "s/^ *\(linux-headers-[^ ]*\).*/\1/p; s/^ *\(linux-kbuild-[^ ]*\).*/\1${machine:+:amd64}/p")
		# since 7.3 the image is in a package of its own
		binary=$(package_field "linux-image-$release" Depends | tr ',' '\n' | sed -n 's/^ *\(linux-binary-[^ ]*\).*/\1/p')
		# shellcheck disable=SC2086 # a list of names
		long_step 1 2 "$name: download $release" "$dir/download.log" \
			fetch_packages "$debs" "${binary:-linux-image-$release}" "linux-headers-$release" $headers
		long_step 2 2 "$name: unpack" "$dir/unpack.log" unpack_packaged "$dir" "$release"
		choose_compiler "$dir"
	fi
	finish_kernel "$dir" "$release"
}

# The modules that come with the image are left out: the guest needs none of them.
unpack_packaged()
(
	set -e
	cd "$1"
	mkdir -p root
	for deb in debs/linux-headers-* debs/linux-kbuild-*; do
		[ ! -e "$deb" ] || dpkg-deb -x "$deb" root
	done
	if compgen -G "debs/linux-binary-*" >/dev/null; then
		dpkg-deb -x debs/linux-binary-* root
	else
		dpkg-deb --fsys-tarfile debs/linux-image-* | tar -x -C root ./boot
	fi
	localize_headers "$PWD/root"
	ln -sfn "root/usr/src/linux-headers-$2" kdir
	ln -sfn "root/boot/vmlinuz-$2" kernel
	[ -e kernel ] || ln -sfn "root/usr/lib/modules/$2/vmlinuz" kernel
	rm -r debs
)

# Headers refer to each other by absolute paths: turn these into paths inside ROOT.
localize_headers()
{
	local root=$1 link target

	grep -lr --include=Makefile '^include /usr/src/' "$root/usr/src" |
		xargs -r sed -i "s:^\(include \|KBUILD_OUTPUT=\)/usr/:\1$root/usr/:"
	find "$root/usr" -type l -lname '/usr/*' | while read -r link; do
		target=$(readlink "$link")
		ln -sfn "$root$target" "$link"
	done
}

# The build of modules is the kernel's, so it wants the compiler of the kernel's suite, and calls programs of that suite.
# On an older system both run with libraries that are unpacked beside them.
choose_compiler()
{
	local dir=$1 gcc

	if [ -z "$machine" ] && [ "$suite" != own ] && [ "$suite" != "$(backports)" ]; then
		gcc=$(sed -n 's/^CONFIG_GCC_VERSION=\([0-9]*\)[0-9]\{4\}$/\1/p' "$dir/kdir/.config")
		use_suite "${suite%-backports}" || die "no suite ${suite%-backports}, of which the compiler is"
		long_step 2 2 "$name: gcc $gcc of ${suite%-backports}" "$dir/compiler.log" unpack_compiler "$dir" "$gcc"
		echo "CC=$dir/root/usr/bin/x86_64-linux-gnu-gcc-$gcc" >"$dir/build"
	fi
}

unpack_compiler()
(
	set -e
	cd "$1"
	# shellcheck disable=SC2086 # a list of names
	fetch_packages debs "gcc-$2-x86-64-linux-gnu" "cpp-$2-x86-64-linux-gnu" $compiler_libraries
	for deb in debs/*.deb; do dpkg-deb -x "$deb" root; done
	rm -r debs
	find root/usr/lib/linux-kbuild-* root/usr/bin root/usr/libexec/gcc -type f -perm -100 | while read -r f; do
		! patchelf --print-interpreter "$f" >/dev/null 2>&1 ||
			patchelf --set-interpreter "$1/root/usr/$LIBRARIES/ld-linux-x86-64.so.2" \
				--force-rpath --set-rpath "$1/root/usr/$LIBRARIES" "$f"
	done
)

# ---- kernels built from source ----

make_built()
{
	local dir version_dir

	find_package "$source"
	dir=$cache/kernels/$name-$version-$(configuration_hash)
	version_dir=$cache/src/linux-$version
	if [ ! -e "$dir/complete" ]; then
		begin_kernel "$dir"
		unpack_source "$version_dir"
		step 2 4 "$name: configure"
		configure "$version_dir" "$dir"
		long_step 3 4 "$name: compile linux $version on $(nproc) CPUs" "$dir/build.log" compile "$dir"
		step 4 4 "$name: done"
		link_built "$dir"
	fi
	finish_kernel "$dir" "$(cat "$dir/kdir/include/config/kernel.release")"
}

patches_hash() { cat "$(patch_dir)"/*.patch 2>/dev/null | sha256sum | cut -c 1-12; }

# One tree serves every station of its version; it is unpacked again when the patches have changed.
unpack_source()
{
	local dir=$1 stamp=$1/.kspan-patches

	take_source_lock "$(basename "$dir")"
	if [ "$(cat "$stamp" 2>/dev/null)" != "$(patches_hash)" ]; then
		rm -rf "$dir" "$dir.part"
		mkdir -p "$dir.part"
		long_step 1 4 "$name: download and unpack $source $version" "$dir.log" fill_source "$dir.part"
		patches_hash >"$dir.part/.kspan-patches"
		mv "$dir.part" "$dir"
	fi
	flock -u 8
}

take_source_lock()
{
	mkdir -p "$cache/src"
	exec 8>"$cache/src/$1.lock"
	flock 8
}

fill_source()
(
	set -e
	fetch_packages "$1.debs" "$source"
	dpkg-deb --fsys-tarfile "$1.debs"/*.deb | tar -xO --wildcards "./usr/src/$source.tar.*" |
		xz -dc -T0 | tar -x --strip-components=1 -C "$1"
	for p in "$(patch_dir)"/*.patch; do
		[ ! -e "$p" ] || patch -d "$1" -p1 --no-backup-if-mismatch <"$p"
	done
	rm -r "$1.debs"
)

# From an empty configuration, so that a kernel holds what its fragments ask for and compiles in minutes.
configure()
{
	local from=$1 dir=$2

	mkdir -p "$dir/kdir"
	{
		for f in $fragments; do cat "$vm_dir/configs/$f.config"; done
		echo "CONFIG_LOCALVERSION=\"-$name\""
	} >"$dir/fragment"
	make -s -C "$from" O="$dir/kdir" ARCH="$arch" CROSS_COMPILE="$cross" KCONFIG_ALLCONFIG="$dir/fragment" \
		allnoconfig >"$dir/configure.log" 2>&1 || { cat "$dir/configure.log" >&2; exit 1; }
	verify_configuration "$dir/fragment" "$dir/kdir/.config"
}

# Kconfig drops what it cannot have without a word; a station without its checks would pass everything. Where fragments
# name an option twice the last counts.
verify_configuration()
{
	local line lost=""

	while read -r line; do
		case $line in
		CONFIG_*=n | '# CONFIG_'*' is not set')
			line=${line#\# } line=${line%%[= ]*}
			! grep -q "^$line=" "$2" || lost="$lost  $line=n" ;;
		CONFIG_*) grep -qxF "$line" "$2" || lost="$lost  $line" ;;
		esac
	done < <(last_words "$1")
	[ -z "$lost" ] || die "the kernel's configuration did not take:$lost"
}

last_words()
{
	awk '{ option = $1 == "#" ? $2 : $1; sub(/=.*/, "", option) }
		option ~ /^CONFIG_/ { line[option] = $0 }
		END { for (option in line) print line[option] }' "$1"
}

compile()
{
	local targets

	case $arch in
	um) targets=all ;;
	arm64) targets="Image modules" ;;
	*) targets="bzImage modules" ;;
	esac
	# shellcheck disable=SC2086 # two words
	nice make -s -C "$1/kdir" ARCH="$arch" CROSS_COMPILE="$cross" -j"$(nproc)" $targets
}

link_built()
{
	local kernel=kdir/arch/x86/boot/bzImage

	case $arch in
	um) kernel=kdir/linux ;;
	arm64) kernel=kdir/arch/arm64/boot/Image ;;
	esac
	if [ ! -s "$1/$kernel" ] || [ ! -s "$1/kdir/Module.symvers" ]; then
		die "the build left no $kernel"
	fi
	ln -sfn "$kernel" "$1/kernel"
}

main "$@"; exit
