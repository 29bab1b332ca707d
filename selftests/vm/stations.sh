# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The table of test stations: what each kernel is made from and how it is booted. Sourced after lib.sh.

stations="stock stock-rt stock-6.12 uml uml-kasan uml-gcov uml-7.2 debug kcsan rt-debug"

# station NAME: sets kind, arch, and for a packaged kernel image and suites; for a built one source, suites and
# fragments (in the order in which they are laid over an empty configuration); tools are packages that a build of
# modules for it needs besides the usual ones. Then the way to boot it.
station()
{
	kind=built arch=x86_64 suites=own source=linux-source-6.1 image="" fragments="" tools=""
	cpus=4 mem=2048 append=""
	# no devices but the serial port; the PM timer is where QEMU's firmware puts it
	local emulated="numa=fake=2 pci=off pmtmr=0x608"

	case $1 in
	stock) kind=packaged image=linux-image-amd64 cpus=2 mem=1024 ;;
	stock-rt) kind=packaged image=linux-image-rt-amd64 cpus=2 mem=1024 ;;
	stock-6.12) kind=packaged image=linux-image-amd64 suites=$(backports) tools=pahole cpus=2 mem=1024 ;;
	uml) arch=um fragments="common uml-common uml" cpus=1 mem=1024 ;;
	uml-gcov) arch=um fragments="common uml-common uml uml-gcov" cpus=1 mem=1024 ;;
	uml-kasan) arch=um fragments="common uml-common uml uml-kasan" cpus=1 mem=1024 ;;
	uml-7.2) arch=um fragments="common uml-common uml-native" source=linux-source-7.2 cpus=2 mem=4096
		suites="trixie-backports forky sid" append="seccomp=on" ;;
	debug) fragments="common x86 checks debug" mem=1024 append="$emulated" ;;
	kcsan) fragments="common x86 kcsan" append="$emulated" ;;
	rt-debug) fragments="common x86 checks rt-debug" source=linux-source-6.12
		suites="own $(backports)" mem=1024 append="$emulated" ;;
	*) return 1 ;;
	esac
}

backports() { (. /etc/os-release && echo "${VERSION_CODENAME:-none}-backports"); }
