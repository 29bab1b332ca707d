#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# modules.sh STATION [MAKE ARGUMENT...]: builds this tree's modules for a station and prints the paths of the .ko files.
#
# The tree is copied to a build directory in the cache, one for each station, so that the checkout stays clean and a
# second build only makes what has changed; if nothing has, make is not asked. A station with coverage compiles the
# modules with it. KSPAN_MAKE in the environment holds arguments for make, too: run.sh passes it on (KSPAN_MAKE=DEBUG=1).

set -eu
. "$(dirname "$0")/lib.sh"

main()
{
	case ${1:-} in
	'' | -h | --help) usage "$0"; exit 0 ;;
	esac
	station=$1
	shift
	need_packages gcc make rsync
	eval "$("$vm_dir/kernel.sh" "$station" | sed -n "s/^\(KDIR\|ARCH\)=\(.*\)/\1='\2'/p")"
	build=$(build_dir "$station")
	take_lock "$(basename "$build")"
	copy_tree
	build_modules "$@" || exit 1
	find "$build" -name '*.ko' | sort
}

list_sources()
{
	(cd "$tree" || exit; find Kbuild Makefile module include kunit selftests -path selftests/vm -prune -o -type f \
		! -name '*.o' ! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' ! -name '.*.cmd' ! -name '*.symvers' \
		! -name modules.order ! -name '*.gcno' ! -name '*.gcda' -print 2>/dev/null || true) | sort
}

# A source file that has gone from the tree goes from the copy, and with it all modules: none may outlive its source.
copy_tree()
{
	mkdir -p "$build"
	list_sources >"$build/.sources.new"
	if [ -e "$build/.sources" ] && (cd "$build" && comm -13 .sources.new .sources >.gone && [ -s .gone ]); then
		(cd "$build" && xargs -d '\n' rm -f <.gone)
		find "$build" -name '*.ko' -delete
		rm -f "$build/.made"
	fi
	# what it changes is said before it is changed
	if rsync -ani --files-from="$build/.sources.new" "$tree/" "$build/" | grep -q '^>f'; then
		rm -f "$build/.made"
	fi
	rsync -a --files-from="$build/.sources.new" "$tree/" "$build/"
	mv "$build/.sources.new" "$build/.sources"
}

has_config() { grep -q "^CONFIG_$1=" "$KDIR/include/config/auto.conf"; }

# What the Makefile can build for this kernel: KUnit only where the kernel has it, and is among those that ONLY= names.
targets()
{
	echo modules clients
	if [[ ${KSPAN_MAKE:-} != *ONLY=* || $KSPAN_MAKE == *ONLY=*kunit* ]] && [ -e "$build/kunit/Kbuild" ] &&
		has_config KUNIT; then
		echo kunit-modules
	fi
}

# What was made last is in .made, unless a source has changed since.
build_modules()
{
	local log=$build/.build.log instruments="" arguments=()

	# Kernels leave modules from outside alone unless told.
	! has_config UBSAN || instruments="UBSAN_SANITIZE=y"
	! has_config GCOV_KERNEL || instruments="$instruments GCOV_PROFILE=y"
	# Nobody reads debug information and the types made of it; where the kernel has them, they are a tenth of the time.
	# shellcheck disable=SC2206,SC2207 # words
	arguments=("KDIR=$KDIR" "ARCH=$ARCH" KCFLAGS=-g0 CONFIG_DEBUG_INFO_BTF_MODULES= $instruments ${KSPAN_MAKE:-} "$@" $(targets))
	[ "$(cat "$build/.made" 2>/dev/null)" != "${arguments[*]}" ] || return 0
	rm -f "$build/.made"
	if nice make -C "$build" -s -j"$(nproc)" "${arguments[@]}" >"$log" 2>&1; then
		echo "${arguments[*]}" >"$build/.made"
		return 0
	fi
	say "building the modules for $station failed:"
	tail -n 60 "$log" >&2
	return 1
}

main "$@"; exit
