#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Parts of the kernel on kspan's memory, built by make_components.sh from sources that know nothing
# of it: the overlay file system and self-tests from the kernel's lib/. What they allocated is seen
# in kspan's statistics, and that nothing of it is left.

. "$(dirname "$0")/lib.sh"

readonly DIRS=16
readonly FILES=40			# in each directory

# uses MINIMUM NAME COMMAND...: the command succeeds, with at least so many allocations from kspan
uses()
{
	minimum=$1
	what=$2
	shift 2
	before=$(value_of allocs)
	check "$what" "$@"
	n=$(($(value_of allocs) - before))
	at_least "$what: $n objects from kspan, $minimum at least" $n "$minimum"
}

none_left()
{
	check "$1: no object is left" wait_for 120 value_is live_objects 0
	equal "$1: no bad free" "$(value_of bad_frees)" 0
}

# ---- self-tests: they fail to load if they fail ----

lib_test()
{
	uses "$2" "lib/test_$1.c" load "test_$1"
	check "unload test_$1" unload "test_$1"
}

lib_tests()
{
	for library in objagg parman; do
		check "load $library" load $library
	done
	lib_test objagg 150
	lib_test parman 1000
	for library in objagg parman; do
		check "unload $library" unload $library
	done
	none_left lib
}

# ---- the overlay file system ----

# fill DIR FIRST LAST: directories of files that differ in size and contents
fill()
{
	for d in $(seq "$2" "$3"); do
		mkdir -p "$1/d$d/sub"
		for f in $(seq $FILES); do
			head -c $((f * 97 + d)) /dev/urandom >"$1/d$d/f$f"
		done
		ln -s "../f$d" "$1/d$d/sub/link"
	done
}

# change DIR: everything that an overlay has a mechanism of its own for
change()
{
	for d in "$1"/d*; do
		for f in 1 2 3 4 5; do echo more >>"$d/f$f"; done	# copied up
		rm "$d"/f6 "$d"/f7					# whiteouts
		mv "$d/f8" "$d/sub/f8"
		ln "$d/f9" "$d/hard"
		chmod 640 "$d/f10"
		echo new >"$d/new"
	done
	rm -r "$1/d2"
	mkdir "$1/d2"							# opaque
	echo alone >"$1/d2/alone"
	mv "$1/d3" "$1/moved"
}

# What the tree below DIR is, name by name, with checksums of the contents.
summary_of()
{
	(
		cd "$1" || exit
		find . | sort | xargs stat -c '%n %F %a'
		find . -type f | sort | xargs sha256sum
		find . -type l | sort | xargs -n 1 readlink
	)
}

same()
{
	summary_of "$1" >"$scratch/a" && summary_of "$2" >"$scratch/b" && cmp "$scratch/a" "$scratch/b"
}

same_by_hand()
{
	diff -r "$1" "$2"
}

mount_overlay()
{
	mount -t overlay -o lowerdir="$disk/b:$disk/a,upperdir=$disk/upper,workdir=$disk/work" overlay \
		"$disk/merged"
}

# Two lower layers that share half of their directories.
make_layers()
{
	mkdir "$disk" && mount -t tmpfs disk "$disk" || return
	mkdir "$disk/a" "$disk/b" "$disk/upper" "$disk/work" "$disk/merged"
	fill "$disk/a" 1 $((DIRS * 2 / 3))
	fill "$disk/b" $((DIRS / 3)) $DIRS
	cp -a "$disk/a" "$disk/copy" && cp -af "$disk/b/." "$disk/copy"
}

drop_caches()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

use_overlay()
{
	check "merged as the copy is" same "$disk/merged" "$disk/copy"
	change "$disk/merged"
	change "$disk/copy"
	check "changed as the copy is" same "$disk/merged" "$disk/copy"
	n=$(value_of live_objects)
	at_least "overlayfs: $n live objects while mounted" "$n" 500
	drop_caches
	check "the same without caches" same_by_hand "$disk/merged" "$disk/copy"
	check "unmount" umount "$disk/merged"
	check "mount it again" mount_overlay
	check "still the same" same "$disk/merged" "$disk/copy"
	check "unmount again" umount "$disk/merged"
}

overlay()
{
	disk=$scratch/disk
	must "directories and files" make_layers
	check "load overlay" load overlay
	before=$(value_of allocs)
	must "mount" mount_overlay
	use_overlay
	n=$(($(value_of allocs) - before))
	at_least "overlayfs: $n objects from kspan" $n 5000
	check "unload overlay" unload overlay
	none_left overlayfs
}

cleanup()
{
	umount "$scratch/disk/merged" 2>/dev/null
	umount "$scratch/disk" 2>/dev/null
	for module in overlay test_objagg test_parman objagg parman; do
		unload $module 2>/dev/null
	done
}

begin
needs_module overlay
must "load kspan" load kspan
lib_tests
overlay
finish
