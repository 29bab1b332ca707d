# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by the scripts of vm/, host/ and bench/ that run on the host: cache directory, messages, steps with elapsed time, locks, packages.
# Sourced by bash scripts that run with `set -eu`; prints to stderr only, so that callers own stdout.

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
selftests=$(dirname "$vm_dir")
tree=$(dirname "$selftests")
cache=${KSPAN_CACHE:-${XDG_CACHE_HOME:-${HOME:-~}/.cache}/kspan}
PATH=$PATH:/usr/sbin:/sbin	# modinfo
unset MAKEFLAGS MFLAGS MAKELEVEL	# of the make that called: those here say themselves how many jobs they run
export KSPAN_STARTED=${KSPAN_STARTED:-$(date +%s)}

readonly EXIT_REPORT=3		# the kernel reported something
readonly EXIT_SKIP=4		# kselftest's code: this cannot be had here
readonly EXIT_HANG=124		# as timeout(1)

say() { printf '%s\n' "$*" >&2; }
die() { say "kspan: $*"; exit 1; }
skip() { say "kspan: skipped: $*"; exit "$EXIT_SKIP"; }

# What this checkout's files in the cache are called by: two checkouts do not share them.
tree_id() { printf %s "$tree" | sha256sum | cut -c 1-8; }

# Where this tree's modules for a station are built; with other arguments of make elsewhere.
build_dir() { echo "$cache/build/$1-$(tree_id)${KSPAN_MAKE:+-${KSPAN_MAKE//[^A-Za-z0-9]/-}}"; }

# The comment at the top of a script, behind its SPDX line, is its -h text.
usage() { sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$1"; }

# help_wanted "$@": ends a script that was asked for help, having given it.
help_wanted()
{
	case ${1:-} in
	-h | --help) usage "$0"; exit 0 ;;
	esac
}

# The directory that modules for a station are built against.
kdir_of() { "$vm_dir/kernel.sh" "$1" | sed -n 's/^KDIR=//p'; }

# Minutes and seconds since the outermost script started.
elapsed()
{
	local s=$(($(date +%s) - KSPAN_STARTED))

	printf '%d:%02d' $((s / 60)) $((s % 60))
}

# step N M TEXT: step N of M begins.
step() { say "step $1/$2  ${*:3}  ($(elapsed))"; }

# long_step N M TEXT LOG COMMAND...: runs COMMAND with its output in LOG, says every 30 s that it still runs, and ends
# the script when it fails. Call it plainly, not in a condition: that would switch off `set -e` inside COMMAND.
long_step()
{
	local n=$1 m=$2 text=$3 log=$4 out status=1

	shift 4
	step "$n" "$m" "$text"
	exec {out}< <(set +e; "$@" >"$log" 2>&1; echo $?)
	until read -r -t 30 -u "$out" status; do
		[ $? -gt 128 ] || break
		step "$n" "$m" "$text, still running"
	done
	exec {out}<&-
	[ "${status:-1}" -ne 0 ] || return 0
	say "the end of $log:"
	tail -n 30 "$log" >&2
	die "$text: failed with status ${status:-1}"
}

# take_lock NAME: one process at a time from here on; held until release_lock or the script ends.
take_lock()
{
	mkdir -p "$cache/locks"
	exec {lock_fd}>"$cache/locks/$1"
	flock -n "$lock_fd" && return 0
	say "waiting for another process that works on $1 ($(elapsed))"
	flock "$lock_fd"
}

release_lock() { exec {lock_fd}>&-; }

# Runs a command as root: by itself when root already, else through sudo where that asks nothing or can ask someone.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then
		sudo "$@"
	else
		return 1
	fi
}

# What a package brings, for systems whose package names differ.
package_present()
{
	case $1 in
	qemu-system-x86) command -v qemu-system-x86_64 ;;
	qemu-system-arm) command -v qemu-system-aarch64 ;;
	gcc-aarch64-linux-gnu) command -v aarch64-linux-gnu-gcc ;;
	busybox-static) command -v busybox ;;
	coccinelle) command -v spatch ;;
	xz-utils) command -v xz ;;
	libelf-dev) [ -e /usr/include/gelf.h ] ;;
	libssl-dev) [ -e /usr/include/openssl/ssl.h ] ;;
	libc6-dev) [ -e /usr/include/stdlib.h ] ;;
	util-linux) command -v flock ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

missing_packages()
{
	local p

	for p in "$@"; do
		if command -v dpkg-query >/dev/null; then
			dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || printf ' %s' "$p"
		else
			package_present "$p" || printf ' %s' "$p"
		fi
	done
}

# need_packages NAME...: installs what is missing on Debian and Ubuntu; elsewhere, or without root, lists it and stops.
need_packages()
{
	local missing

	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if command -v apt-get >/dev/null && as_root true; then
		say "installing packages:$missing ($(elapsed))"
		mkdir -p "$cache/logs"
		# shellcheck disable=SC2086 # a list of names
		install_packages $missing >"$cache/logs/apt.log" 2>&1 && return 0
		tail -n 20 "$cache/logs/apt.log" >&2
	fi
	say "These packages (Debian's names) are missing; install them and run this again:"
	say "   $missing"
	exit 1
}

install_packages()
{
	as_root apt-get -q update || true
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 \
		-o DPkg::Lock::Timeout=300 --no-install-recommends install "$@"
}
