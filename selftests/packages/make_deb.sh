#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_deb.sh [DIRECTORY]: builds the Debian packages of this tree and prints their paths; see the README beside this file.
#
# They lie in DIRECTORY, or in packages/ of the cache. The tree is copied, so the checkout stays clean.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

# What the packages are made of.
readonly PARTS="Kbuild Makefile LICENSE dkms.conf include kunit module selftests/clients selftests/tools selftests/data/size_classes.csv"

main()
{
	local to work log

	help_wanted "$@"
	need_packages rsync dpkg-dev debhelper dh-dkms gcc libncurses-dev
	to=${1:-$cache/packages/$(tree_id)}
	mkdir -p "$to"
	log=$to/build.log
	work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-deb.XXXXXX")
	# shellcheck disable=SC2064 # this directory
	trap "rm -rf '$work'" EXIT
	copy_tree "$work/kspan"
	(cd "$work/kspan" && dpkg-buildpackage -b -us -uc) >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "no packages"; }
	rm -f "$to"/kspan*_*
	cp "$work"/kspan*_* "$to/"
	ls "$to"/kspan*.deb
}

# copy_tree DIRECTORY: without what was built here.
copy_tree()
{
	mkdir -p "$1"
	# shellcheck disable=SC2086 # words
	(cd "$tree" && rsync -aR --exclude-from=.gitignore $PARTS "$1/")
	cp -r "$selftests/packages/debian" "$1/debian"
}

main "$@"; exit
