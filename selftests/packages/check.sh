#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh: builds the packages, and installs, upgrades and purges them in a Debian system that has nothing but the headers
# of a kernel, with a module that uses kspan and has a dkms.conf of its own. What DKMS built and signed is loaded in a
# guest whose kernel takes signed modules only.
#
# The system is a directory that chroot(8) enters, so this needs root. A bare one is kept in the cache. Prints TAP.

set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$vm_dir/apt.sh"

readonly FIRMWARE=/usr/share/OVMF/OVMF_CODE_4M.fd VARIABLES=/usr/share/OVMF/OVMF_VARS_4M.fd
readonly CLIENT=aclient		# sorts before kspan: it is not by their names that DKMS builds kspan first
store=$cache/packages
log=$store/check-$(tree_id).log

main()
{
	help_wanted "$@"
	as_root true || skip "chroot needs root"
	need_packages mmdebstrap lintian rsync dpkg-dev debhelper dh-dkms openssl python3 ovmf qemu-system-x86
	work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-packages.XXXXXX")
	root=$work/root
	trap leave EXIT
	mkdir -p "$store"
	: >"$log"
	make_bare
	as_root mkdir -p "$root"
	as_root tar -C "$root" -xf "$bare"
	as_root cp -L /etc/resolv.conf "$root/etc/"
	release=$(basename "$root"/lib/modules/*)
	echo "TAP version 13"
	build_packages
	list_files >"$work/before"
	install_both
	use_tools
	build_client
	upgrade
	load_in_guest
	purge
	echo "1..$n"
	[ -z "$failed" ]
}

leave()
{
	as_root rm -rf "$work"
}

# ---- the system ----

# The distribution's own sources of this machine.
sources()
{
	local codename

	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	own_sources | grep -E " $codename(-updates|-security)? "
}

# One more each month: what it misses of updates makes each run longer.
make_bare()
{
	bare=$store/bare-$(sources | cat - <(date +%Y-%m) | sha256sum | cut -c 1-8).tar
	[ ! -e "$bare" ] || return 0
	say "making a bare system: $log ($(elapsed))"
	sources | as_root mmdebstrap --variant=minbase --include="linux-headers-$(dpkg --print-architecture)" \
		--format=tar "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$bare.new" - >>"$log" 2>&1 || no_bare
	mv "$bare.new" "$bare"
}

no_bare()
{
	tail "$log" >&2
	skip "mmdebstrap could not make a bare system"
}

# inside COMMAND...: in the system, which has its own view of what is mounted.
inside()
{
	# shellcheck disable=SC2016 # that shell's
	as_root unshare --mount --pid --fork sh -c '
		root=$1; shift
		mount -t proc proc "$root/proc"
		exec chroot "$root" "$@"' sh "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} "$@"
}

apt() { inside apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@"; }

# Packages that were downloaded once are kept.
apt_update()
{
	as_root mkdir -p "$store/archives"
	as_root cp -rn "$store/archives" "$root/var/cache/apt/"
	apt update
	apt install --download-only dkms openssl libncursesw6
	as_root cp -n "$root"/var/cache/apt/archives/*.deb "$store/archives/"
}

# All that is installed, but logs, caches, and what apt and dpkg keep; and neither the key that DKMS leaves behind, nor
# depmod's lists, which the package of a kernel has made.
list_files()
{
	as_root find "$root" -xdev \( -path "$root/var/cache" -o -path "$root/var/log" -o -path "$root/var/lib/apt" -o \
		-path "$root/var/lib/dpkg" -o -path "$root/tmp" -o -path "$root/proc" -o -path "$root/root" \) -prune -o -print |
		sed "s:^$root::" |
		grep -vE '^/var/lib/dkms(/mok\.(key|pub))?$|/lib/modules/[^/]*/modules\.[^/]*$' | sort
}

# ---- TAP ----

n=0 failed=""

# check DESCRIPTION COMMAND...
check()
{
	n=$((n + 1))
	echo "# $1" >>"$log"
	if "${@:2}" >>"$log" 2>&1; then
		echo "ok $n $1"
	else
		echo "not ok $n $1"
		tail -n 15 "$log" | sed 's/^/# /'
		failed=yes
	fi
}

# must DESCRIPTION COMMAND...: without it the rest would say nothing
must()
{
	check "$@"
	[ -z "$failed" ] || { echo "1..$n"; exit 1; }
}

refused() { ! "$@"; }
silent() { "$@" >"$work/said" 2>&1 && { cat "$work/said"; [ ! -s "$work/said" ]; }; }

# ---- what is checked ----

# deb TREE DIRECTORY
deb() { "$1/selftests/packages/make_deb.sh" "$2"; }

build_packages()
{
	must "make deb" deb "$tree" "$work/first"
	check "lintian is silent" silent lintian --allow-root "$work"/first/kspan_*.changes
	next_version
	must "make deb, of a later version" deb "$work/next-tree" "$work/next"
}

# A tree of a later version: nothing else is different.
next_version()
{
	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$tree/dkms.conf")
	next=$version.1
	mkdir -p "$work/next-tree"
	(cd "$tree" && rsync -a --exclude-from=.gitignore --exclude .git ./ "$work/next-tree/")
	(cd "$work/next-tree" && sed -i "s/$version/$next/" dkms.conf include/kspan/kspan.h &&
		sed -i "1s/$version/$next/" selftests/packages/debian/changelog)
}

install_debs()
{
	as_root cp "$1"/*.deb "$root/tmp/"
	# shellcheck disable=SC2046 # words
	apt install --allow-downgrades $(cd "$1" && printf '/tmp/%s ' *.deb)
	as_root sh -c "rm $root/tmp/*.deb"
}

# The package builds nothing yet: dkms autoinstall, as when a new kernel is installed, is to have both modules to build.
install_both()
{
	must "apt-get update" apt_update
	as_root mkdir -p "$root/etc/dkms"
	as_root touch "$root/etc/dkms/no-autoinstall"
	must "install kspan-dkms, kspan-dev and kspan-tools" install_debs "$work/first"
	check "openssl, for DKMS to sign with" apt install openssl
	check "DKMS takes kspan" inside dkms add "kspan/$version"
}

has_status() { inside dkms status | tee /dev/stderr | grep -q "^$1"; }
dkms_of() { echo "$root/var/lib/dkms/kspan/kernel-$release-$(uname -m)"; }

build_client()
{
	check "the example becomes a client with a dkms.conf" add_client
	must "dkms autoinstall" inside dkms autoinstall -k "$release"
	check "kspan is installed" has_status "kspan/$version, $release, .*: installed"
	check "so is the client" has_status "$CLIENT/1.0, $release, .*: installed"
	check "DKMS keeps the symbols" grep -qw kspan_alloc_bulk "$(dkms_of)/Module.symvers"
	check "the client has versions of them" has_versions
	check "make clean of the client works without kspan" clean_without
}

add_client()
{
	local to=$root/usr/src/$CLIENT-1.0

	as_root cp -r "$root/usr/share/doc/kspan-dev/examples/example" "$to"
	as_root sed -i "/^BUILT/!s:kspan_example\(/1.0\|\"\$\):$CLIENT\1:" "$to/dkms.conf"
	cat "$to/dkms.conf"
	inside dkms add "$CLIENT/1.0"
}

installed() { echo "$root/lib/modules/$release/updates/dkms/$1.ko"; }

has_versions()
{
	[ "$(modinfo -F depends "$(installed kspan_example)")" = kspan ] &&
		modprobe --dump-modversions "$(installed kspan_example)" | grep -w kspan_free
}

# In a copy of the client, with an include line that leads nowhere.
clean_without()
{
	as_root cp -r "$root/usr/src/$CLIENT-1.0" "$root/tmp/clean" &&
		inside make -C "/lib/modules/$release/build" M=/tmp/clean KSPAN=/nowhere clean && as_root rm -r "$root/tmp/clean"
}

# ---- the tools, in the system, which has no kspan loaded and no debugfs ----

use_tools()
{
	local tool

	as_root cp -r "$selftests/data/debugfs" "$root/tmp/files"
	check "kspantop reads kspan's files" inside sh -c 'kspantop --once /tmp/files | grep -q "^live_objects"'
	check "and draws them" inside sh -c 'kspantop --svg /tmp/map.svg /tmp/files && grep -q "</svg>" /tmp/map.svg'
	check "it says what is wrong" inside sh -c 'kspantop --once 2>&1 | grep -qE "kspan is not loaded|debugfs|no directory"'
	as_root tee "$root/tmp/trace" >/dev/null <<-END
	 sh-1 [000] ..... 1.000000: kmalloc: call_site=f+0x1/0x2 ptr=00000000aa bytes_req=100 bytes_alloc=128 gfp_flags=GFP_KERNEL
	END
	check "kspan-record makes a recording" inside sh -c 'kspan-record --convert /tmp/trace -o /tmp/recording && head -c 2 /tmp/recording | grep -q "^a "'
	check "waste.awk reads it" inside sh -c 'cd /usr/share/kspan-tools && awk -f waste.awk size_classes.csv /tmp/recording /tmp/recording | grep Total'
	as_root sh -c "printf 'heap profile: 1: 8 [1: 8] @ heap_v2/1\n1: 8 [1: 8] @ 0xffffffff81000010\n' >'$root/tmp/profile'
		echo 'ffffffff81000000 T something' >'$root/tmp/symbols'"
	check "kspan-pprof names functions" inside sh -c 'kspan-pprof /tmp/profile /tmp/symbols | grep -qx "0x7fffffff81000010 something"'
	for tool in kspantop kspan-record kspan-pprof; do
		check "$tool has a man page" test -s "$root/usr/share/man/man8/$tool.8.gz"
	done
	for tool in leaks sizes latency; do
		check "$tool.bt is there" test -s "$root/usr/share/kspan-tools/$tool.bt"
	done
	as_root rm -r "$root/tmp/files" "$root"/tmp/{map.svg,trace,recording,profile,symbols}
}

upgrade()
{
	as_root rm "$root/etc/dkms/no-autoinstall"
	must "upgrade" install_debs "$work/next"
	check "the later version is installed" has_status "kspan/$next, $release, .*: installed"
	check "of the earlier one DKMS has nothing" test ! -e "$root/var/lib/dkms/kspan/$version"
	check "nor is its source there" test ! -e "$root/usr/src/kspan-$version"
	check "DKMS keeps the later symbols" grep -qw kspan_alloc_bulk "$(dkms_of)/Module.symvers"
}

# The guest gets what is installed, and kspan.ko without its signature.
load_in_guest()
{
	local stage=$work/modules

	if [ "$release" != "$("$vm_dir/kernel.sh" stock | sed -n 's/^RELEASE=//p')" ]; then
		n=$((n + 1))
		echo "ok $n load them in a guest # SKIP the cache has another stock kernel: vm/kernel.sh --refresh stock"
		return
	fi
	mkdir -p "$stage"
	as_root cp -r "$root/lib/modules/$release/updates" "$stage/"
	cp "$root/lib/modules/$release"/modules.dep "$stage/"
	strip -g -o "$work/unsigned.ko" "$(installed kspan)"
	check "DKMS has signed them" test -n "$(modinfo -F signer "$(installed kspan_example)")"
	as_root cat "$root/var/lib/dkms/mok.pub" >"$work/mok.pub"
	check "a firmware that trusts the key" \
		"$selftests/packages/trusted_key.py" "$VARIABLES" "$work/mok.pub" "$work/variables"
	check "both load where only signed modules do" "$vm_dir/run.sh" --no-build --timeout 300 --log "$log.console" \
		--firmware "$FIRMWARE:$work/variables" --append module.sig_enforce=1 \
		--file "$stage:/lib/modules/$release" --file "$work/unsigned.ko" stock tests/packages.sh
	check "without the key neither loads" "$vm_dir/run.sh" --no-build --timeout 300 --log "$log.console" \
		--append module.sig_enforce=1 \
		--file "$stage:/lib/modules/$release" --file "$work/unsigned.ko" stock vm/guest/env.sh KEY=unknown tests/packages.sh
}

purge()
{
	check "remove the client" remove_client
	check "purge kspan-dkms, kspan-dev and kspan-tools" apt purge kspan-dkms kspan-dev kspan-tools
	check "and what was installed for them" apt -o APT::AutoRemove::RecommendsImportant=false \
		-o APT::AutoRemove::SuggestsImportant=false purge --autoremove dkms openssl
	list_files >"$work/after"
	check "no trace is left" no_trace
	check "nor is a file called kspan" test -z "$(as_root find "$root" -xdev -name '*kspan*')"
	check "no list of modules has it" refused as_root grep -r kspan "$root/usr/lib/modules" "$root/etc" "$root/var/lib/dkms"
}

remove_client()
{
	inside dkms remove "$CLIENT/1.0" --all && as_root rm -r "$root/usr/src/$CLIENT-1.0"
}

no_trace() { diff "$work/before" "$work/after"; }

main "$@"; exit
