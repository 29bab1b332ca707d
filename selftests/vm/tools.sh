# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Programs of newer suites, unpacked in the cache beside the libraries that they were built with. Nothing is installed.
# Sourced after apt.sh.

readonly LIBRARIES=lib/x86_64-linux-gnu

# need_tool NAME SUITES PACKAGE...: sets tool to a directory with these packages, which are all of the first of the suites
# that has them. Ends the script, as skipped, where none does.
need_tool()
{
	local name=$1 suites=$2 suite version

	shift 2
	tool=$cache/tools/$name
	[ ! -e "$tool/complete" ] || return 0
	[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || skip "$name: no Debian on x86-64"
	take_lock "tool-$name"
	for suite in $suites; do
		use_suite "$suite" || continue
		version=$(package_field "$1" Version)
		[ -z "$version" ] || break
	done
	[ -n "${version:-}" ] || skip "no $1 in the suites $suites of this machine's mirror"
	say "$name: download $1 $version of $suite ($(elapsed))"
	rm -rf "$tool"
	mkdir -p "$tool"
	fetch_packages "$tool/debs" "$@" >"$tool/download.log" 2>&1 || { tail -n 20 "$tool/download.log" >&2; skip "no $*"; }
	for version in "$tool"/debs/*.deb; do dpkg-deb -x "$version" "$tool"; done
	rm -r "$tool/debs"
	touch "$tool/complete"
	release_lock
}

# Prints how to call a program of $tool.
tool_command()
{
	echo "$tool/usr/$LIBRARIES/ld-linux-x86-64.so.2 --library-path $tool/usr/$LIBRARIES $tool/usr/bin/$1"
}

# Prints a busybox for a guest: this machine's, or one of Debian's for another architecture.
busybox_of()
{
	local machine=$1 dir=$cache/tools/busybox-$1

	[ "$machine" = arm64 ] || { command -v busybox; return; }
	if [ ! -e "$dir/complete" ]; then
		take_lock tool-busybox
		use_suite own
		fetch_packages "$dir/debs" busybox-static >/dev/null 2>&1 || skip "no busybox-static for $machine"
		dpkg-deb --fsys-tarfile "$dir"/debs/*.deb | tar -x -C "$dir" --wildcards './*bin/busybox'
		rm -r "$dir/debs"
		touch "$dir/complete"
		release_lock
	fi
	find "$dir" -name busybox
}
