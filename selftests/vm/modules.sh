#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# modules.sh [--warnings] STATION [MAKE ARGUMENT...]: builds this tree's modules for a station and prints the paths of
# the .ko files, or, with --warnings, what the compiler and sparse have to say of any file.
#
# The tree is copied to a build directory in the cache, one for each station, so that the checkout stays clean. A second
# build makes what has changed, by what is in the files, not by their times; if nothing has, make is not asked. A new
# checkout begins with a copy of what another one made last for the station.
#
# A station with coverage compiles the modules with it. For stations stock and uml the compiler is asked for all
# warnings (W=1), and sparse, where it is installed, looks at each file that is compiled; what they say fails nothing
# but lint.sh. KSPAN_MAKE in the environment holds arguments for make, too: run.sh passes it on (KSPAN_MAKE=DEBUG=1).

set -eu
. "$(dirname "$0")/lib.sh"

readonly LINTED="stock uml"

main()
{
	warnings=""
	case ${1:-} in
	'' | -h | --help) usage "$0"; exit 0 ;;
	--warnings) warnings=yes; shift ;;
	esac
	station=$1
	shift
	need_packages gcc make rsync
	eval "$("$vm_dir/kernel.sh" "$station" | sed -n "s/^\(KDIR\|ARCH\|BUILD\)=\(.*\)/\1='\2'/p")"
	build=$(build_dir "$station")
	take_lock "$(basename "$build")"
	[ -e "$build" ] || begin_with_another
	copy_tree
	check_begin
	build_modules "$@" || failed=yes
	check_end
	if [ -n "$warnings" ]; then
		cat "$build/.warnings"
	elif [ -z "$failed" ]; then
		find "$build" -name '*.ko' | sort
	fi
	[ -z "$failed" ]
}

list_sources()
{
	(cd "$tree" || exit; find Kbuild Makefile module include kunit selftests/clients selftests/data -type f \
		! -name '*.o' ! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' ! -name '.*.cmd' ! -name '*.symvers' \
		! -name modules.order ! -name '*.gcno' ! -name '*.gcda' -print 2>/dev/null || true) | sort
}

# Objects and what make knows of them name the directory they are in, also where a program with coverage puts its counts.
begin_with_another()
{
	local other lock

	! has_config GCOV_KERNEL || return 0
	other=$(find "$cache/build" -maxdepth 2 -path "${build/$(tree_id)/????????}/.made" -printf '%T@ %h\n' 2>/dev/null |
		sort -rn | sed -n '1s/^[^ ]* //p')
	[ -n "$other" ] || return 0
	exec {lock}>"$cache/locks/$(basename "$other")"
	# half a copy is none
	flock -n "$lock" && rm -rf "$build.new" && cp -a "$other" "$build.new" && name_this &&
		mv "$build.new" "$build" || rm -rf "$build.new"
	exec {lock}>&-
}

# In $build.new, which was $other and will be $build.
name_this() { grep -rlIZF "$other/" "$build.new" | xargs -0r sed -i "s:$other/:$build/:g"; }

# A source file that has gone from the tree goes from the copy, and with it what was compiled of it and all modules: none
# may outlive its source.
copy_tree()
{
	mkdir -p "$build"
	list_sources >"$build/.sources.new"
	if [ -e "$build/.sources" ] && (cd "$build" && comm -13 .sources.new .sources >.gone && [ -s .gone ]); then
		(cd "$build" && sed 'p; s/\.c$/.o/p; s/\.o$/.gcno/' .gone | xargs -d '\n' rm -f)
		find "$build" -name '*.ko' -delete
		rm -f "$build/.made"
	fi
	# What it changes is said before it is changed. A file that is the same stays as old as it is, another is new.
	if copy_sources -ni | grep -q '^>f'; then
		rm -f "$build/.made"
	fi
	copy_sources
	mv "$build/.sources.new" "$build/.sources"
}

copy_sources() { rsync "$@" -lpc --files-from="$build/.sources.new" "$tree/" "$build/"; }

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

# ---- warnings ----

# Of a file that is up to date nothing is said. So .checked stands for: all objects here were compiled without a
# complaint; where it is missing, --warnings has all compiled anew.
check_begin()
{
	failed="" checks="" was_checked=""
	if [[ " $LINTED " != *" $station "* ]]; then
		[ -z "$warnings" ] || die "warnings are asked for on $LINTED only"
		return 0
	fi
	checks="W=1"
	: >"$build/.warnings"
	if command -v sparse >/dev/null; then
		checks="W=1 C=1"
		[ ! -e "$build/.checked" ] || was_checked=yes
		if [ -z "$was_checked" ] && { [ -n "$warnings" ] || ! find "$build" -name '*.o' | grep -q .; }; then
			find "$build" -name '*.o' -delete
			rm -f "$build/.made"
			was_checked=yes
		fi
	fi
	rm -f "$build/.checked"
}

check_end()
{
	[ -n "$checks" ] || return 0
	if [ -s "$build/.warnings" ]; then
		[ -n "$warnings" ] || cat "$build/.warnings" >&2
	elif [ -n "$was_checked" ] && [ -z "$failed" ]; then
		touch "$build/.checked"
	fi
}

# complaints LOG: about our files, by their paths in the tree
complaints()
{
	grep -E '^[^ ]*\.[ch]:[0-9]+.*(warning|error):|^(WARNING|ERROR): modpost' "$1" |
		sed "s:$build/::g" | sort -u || true
}

# ---- the build ----

# What was made last is in .made, unless a source has changed since.
build_modules()
{
	local log=$build/.build.log instruments="" arguments=() status=0

	# Kernels leave modules from outside alone unless told.
	! has_config UBSAN || instruments="UBSAN_SANITIZE=y"
	! has_config GCOV_KERNEL || instruments="$instruments GCOV_PROFILE=y"
	# Nobody reads debug information and the types made of it; where the kernel has them, they are a tenth of the time.
	instruments="$instruments KCFLAGS=-g0 CONFIG_DEBUG_INFO_BTF_MODULES="
	# shellcheck disable=SC2206,SC2207 # words
	arguments=("KDIR=$KDIR" "ARCH=$ARCH" $BUILD $instruments $checks ${KSPAN_MAKE:-} "$@" $(targets))
	[ "$(cat "$build/.made" 2>/dev/null)" != "${arguments[*]}" ] || return 0
	rm -f "$build/.made"
	nice make -C "$build" -s -j"$(nproc)" "${arguments[@]}" >"$log" 2>&1 || status=1
	[ -z "$checks" ] || complaints "$log" >"$build/.warnings"
	if [ $status -eq 0 ]; then
		echo "${arguments[*]}" >"$build/.made"
	else
		say "building the modules for $station failed:"
		tail -n 60 "$log" >&2
	fi
	return $status
}

main "$@"; exit
