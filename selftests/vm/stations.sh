# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The table of test stations: what each kernel is made from and how it is booted. Sourced after lib.sh.

readonly newer="trixie-backports forky sid"	# suites with kernels of 7.x
stations="stock stock-cloud stock-rt stock-6.12 stock-6.12-rt stock-7 arm64 arm64-4k arm64-16k arm64-64k
	uml uml-kasan uml-gcov uml-7.2 debug kcsan rt-debug"

# station NAME: sets kind, arch, and for a packaged kernel image and suites; for a built one source, suites and
# fragments (in the order in which they are laid over an empty configuration); tools are packages that a build of
# modules for it needs besides the usual ones. machine is Debian's name of the architecture of packages that are not
# for this machine, cross the first part of its compiler's name. Then the way to boot it.
station()
{
	kind=built arch=x86_64 suites=own source=linux-source-6.1 image="" fragments="" tools="" machine="" cross=""
	cpus=4 mem=2048 append=""
	# no devices but the serial port; the PM timer is where QEMU's firmware puts it
	local emulated="numa=fake=2 pci=off pmtmr=0x608"

	case $1 in
	stock*) kind=packaged cpus=2 mem=1024 ;;
	arm64*) arch=arm64 cross=aarch64-linux-gnu- tools=gcc-aarch64-linux-gnu cpus=2 mem=1024 ;;
	esac
	case $1 in
	stock) image=linux-image-amd64 ;;
	stock-cloud) image=linux-image-cloud-amd64 ;;
	stock-rt) image=linux-image-rt-amd64 ;;
	stock-6.12) image=linux-image-amd64 suites=$(backports) tools=pahole ;;
	stock-6.12-rt) image=linux-image-rt-amd64 suites=$(backports) tools=pahole ;;
	stock-7) image=linux-image-amd64 suites=$newer tools="pahole patchelf" ;;
	arm64) kind=packaged machine=arm64 image=linux-image-arm64 ;;
	arm64-16k) kind=packaged machine=arm64 image=linux-image-arm64-16k suites=$(backports) tools="$tools pahole" ;;
	arm64-4k) fragments="common arm64 arm64-4k" ;;
	arm64-64k) fragments="common arm64 arm64-64k" ;;
	uml) arch=um fragments="common uml-common uml" cpus=1 mem=1024 ;;
	uml-gcov) arch=um fragments="common uml-common uml uml-gcov" cpus=1 mem=1024 ;;
	uml-kasan) arch=um fragments="common uml-common uml uml-kasan" cpus=1 mem=1024 ;;
	uml-7.2) arch=um fragments="common uml-common uml-native" source=linux-source-7.2 cpus=2 mem=4096
		suites=$newer append="seccomp=on" ;;
	debug) fragments="common x86 checks debug" mem=1024 append="$emulated" ;;
	kcsan) fragments="common x86 kcsan" append="$emulated" ;;
	rt-debug) fragments="common x86 checks rt-debug" source=linux-source-6.12
		suites="own $(backports)" mem=1024 append="$emulated" ;;
	*) return 1 ;;
	esac
}

backports() { (. /etc/os-release && echo "${VERSION_CODENAME:-none}-backports"); }
