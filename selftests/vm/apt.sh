# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Packages of this or a newer suite, without root and without touching the system: apt with directories of its own
# in the cache, and a source list derived from the machine's own (same mirror, same keys, other suite).
# Sourced after lib.sh.

# Prints the machine's source entries as one-line sources: TYPE [options] URI SUITE components.
own_sources()
{
	local f

	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$f" ] && sed -n '/^deb[[:space:]]/p' "$f"
	done
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -f "$f" ] && awk -f "$vm_dir/deb822.awk" "$f"
	done
	return 0
}

# suite_sources SUITE: the entries of the distribution itself, moved to SUITE; "own" is all there are, updates and
# security as well.
suite_sources()
{
	local codename

	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	own_sources | awk -v codename="$codename" -v want="$1" '
	{
		s = 3
		if ($2 ~ /^\[/)
			for (s = 2; $s !~ /\]$/; s++)
				;
		s += ($2 ~ /^\[/) ? 2 : 0
		if (want != "own") {
			if ($s != codename && $s !~ /^(old)*stable$/)
				next
			$s = want
		}
		print
	}'
}

update_failed=""	# a log, if package lists could not be had

# use_suite SUITE: what is below speaks of this suite. Fails where the machine's mirror has no such suite. Of the
# machine's own sources one may be out of order without the others being so. Where machine is set it names another
# architecture than this machine's, whose packages are then meant; PACKAGE:amd64 is one of this machine's.
machine=""
use_suite()
{
	local d=$cache/apt/$1${machine:+-$machine}

	apt_options=(-o Dir::State="$d/state" -o Dir::State::Lists="$d/lists" -o Dir::State::status=/dev/null
		-o Dir::Cache="$d/cache" -o Dir::Etc::sourcelist="$d/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=2)
	[ -z "$machine" ] || apt_options+=(-o APT::Architecture="$machine" -o APT::Architectures::="$machine"
		-o APT::Architectures::=amd64)
	mkdir -p "$d/state" "$d/lists/partial" "$d/cache/archives/partial"
	suite_sources "$1" >"$d/sources.list"
	[ -s "$d/sources.list" ] || return 1
	[ -n "$(find "$d/updated" -mmin -360 2>/dev/null)" ] && return 0
	if apt-get -q "${apt_options[@]}" -o APT::Update::Error-Mode=any update >"$d/update.log" 2>&1; then
		touch "$d/updated"
		return 0
	fi
	[ "$1" = own ] || ! grep -qE '404|does not have a Release file' "$d/update.log" || return 1
	update_failed=$d/update.log
}

# package_field PACKAGE FIELD: of the candidate version.
package_field()
{
	apt-cache "${apt_options[@]}" --no-all-versions show "$1" 2>/dev/null |
		awk -v package="$1" -v field="$2:" '
			$1 == "Package:" { mine = ($2 == package) }	# show takes the name as a pattern, too
			mine && $1 == field { sub(/^[^ ]* /, ""); print; exit }'
}

# fetch_packages DIR PACKAGE...: downloads the .deb files into DIR.
fetch_packages()
{
	local dir=$1

	shift
	mkdir -p "$dir"
	(cd "$dir" && apt-get -q "${apt_options[@]}" download "$@")
}
