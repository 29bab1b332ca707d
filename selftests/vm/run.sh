#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [OPTION...] STATION SCRIPT [ARGUMENT...]: runs a shell script as root in a guest with the station's kernel.
#
# SCRIPT is a path inside selftests/, such as tests/load.sh, or any file of the host. The guest holds busybox, the
# modules of this tree (/kspan/*.ko) and what of selftests/ runs in a guest (/selftests: tests/, tools/, data/, vm/guest/,
# bench/guest.sh); its script sees KSPAN_VM=1, KSPAN_STATION and KSPAN_MODULES.
#
#   --cpus N, --mem MB     the guest's size; each station has its default
#   --one-thread           emulated CPUs take turns in one thread of the host's, each until it waits for something or
#                          for 0.1 s: right where the host has one CPU for the guest, and the script is no race
#   --timeout SECONDS      a guest that runs longer is killed (default 300)
#   --append 'ARGUMENTS'   for the kernel's command line
#   --file HOST[:GUEST]    a file or directory more in the guest (default: in /host)
#   --get GUEST:HOST       fetch a file or directory when the script has ended
#   --dump FILE            an ELF core of the guest's memory, made when the script has written "kspan-vm: dump" to
#                          /dev/kmsg; x86-64 in QEMU only. The script waits some seconds then.
#   --allow REGEX          kernel messages that are expected, see scan-dmesg.sh
#   --kmemleak             scan for leaks when the script has ended; what is found counts as a kernel report
#   --icount               one CPU that counts instructions: the time stamp counter tells how many were executed
#   --cpu MODEL            QEMU's -cpu
#   --device DEVICE        QEMU's -device, more than once if need be
#   --firmware CODE:VARS   UEFI firmware and its variables (OVMF's files), which are not changed
#   --log FILE             the guest's console, with FILE.dmesg and FILE.output beside it
#   --no-build             take the modules as they were built last
#   --verbose              show the console while the guest runs
#
# Prints what the script printed. Exit status: the script's; 124 when the guest was killed; 3 when the script
# succeeded but the kernel reported something; 4 when the station's kernel cannot be had.

set -eu
. "$(dirname "$0")/lib.sh"
. "$vm_dir/apt.sh"
. "$vm_dir/tools.sh"

# Most guests take 4 to 10 s; where two debug kernels share two slow CPUs one took 58.
readonly BOOT_SECONDS=300

# What of selftests/ a guest gets: all that can run there, and what it reads.
readonly IN_GUEST="tests tools data settings bench/guest.sh vm/guest"

cpus="" mem="" threads=multi timeout=300 append="" allow="" icount="" kmemleak="" cpu="" log="" build=yes verbose="" firmware="" dump=""
files=() gets=() devices=()

main()
{
	parse "$@"
	need_packages busybox-static cpio rsync
	prepare_station
	work=$(mktemp -d "${TMPDIR:-/tmp}/kspan-vm.XXXXXX")
	guest=""
	trap leave EXIT
	make_initramfs
	prepare_log
	boot
	report
}

# A guest that still runs does not outlive this script.
leave()
{
	[ -z "$guest" ] || kill -9 -- "-$guest" 2>/dev/null || true
	rm -rf "$work"
}

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--cpus) cpus=$2; shift ;;
		--mem) mem=$2; shift ;;
		--one-thread) threads=single ;;
		--timeout) timeout=$2; shift ;;
		--append) append="$append $2"; shift ;;
		--file) files+=("$2"); shift ;;
		--get) gets+=("$2"); shift ;;
		--dump) dump=$(realpath -m "$2"); shift ;;
		--allow) allow=${allow:+$allow|}$2; shift ;;
		--icount) icount=yes ;;
		--kmemleak) kmemleak=yes ;;
		--cpu) cpu=$2; shift ;;
		--device) devices+=(-device "$2"); shift ;;
		--firmware) firmware=$2; shift ;;
		--log) log=$2; shift ;;
		--no-build) build= ;;
		--verbose) verbose=yes ;;
		-h | --help) usage "$0"; exit 0 ;;
		-*) die "no option $1; see -h" ;;
		*) break ;;
		esac
		shift
	done
	[ $# -ge 2 ] || die "which station and which script? see -h"
	station=$1 script=$2
	shift 2
	arguments=("$@")
}

# Sets what kernel.sh says (KDIR, KERNEL, ARCH, RELEASE, CPUS, MEM, APPEND) and builds the modules.
prepare_station()
{
	local said

	said=$("$vm_dir/kernel.sh" "$station") || exit
	eval "$(printf '%s\n' "$said" | sed "s/=\(.*\)/='\1'/")"
	case $ARCH in
	um) ;;
	arm64) need_packages qemu-system-arm ;;
	*) need_packages qemu-system-x86 ;;
	esac
	[ -z "$build" ] || "$vm_dir/modules.sh" "$station" >/dev/null || die "no modules, no run"
	cpus=${cpus:-$CPUS} mem=${mem:-$MEM}
	[ -z "$icount$firmware$dump${devices[*]}" ] || [ "$ARCH" = x86_64 ] ||
		die "--icount, --device, --firmware and --dump need a station that is x86-64 in QEMU"
}

# ---- the guest's file system ----

make_initramfs()
{
	root=$work/root
	mkdir -p "$root/bin" "$root/kspan" "$root/dev" "$root/host"
	cp "$(busybox_of "$ARCH")" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	ln -s bin "$root/sbin"
	cp "$vm_dir/guest/init" "$root/init"
	chmod +x "$root/init"
	copy_modules
	# shellcheck disable=SC2086 # words
	(cd "$selftests" && rsync -aR $IN_GUEST "$root/selftests/")
	for f in "${files[@]}"; do copy_file "$f"; done
	place_script
	write_conf >"$root/run.conf"
	(cd "$root" && find . | cpio -o -H newc --quiet -R 0:0) >"$work/initrd"
}

# Symbols stay in the modules, debug information does not: it would only be unpacked by the guest.
copy_modules()
{
	local built

	built=$(build_dir "$station")
	take_lock "$(basename "$built")"
	find "$built" -name '*.ko' -exec cp -t "$root/kspan" {} + 2>/dev/null || true
	release_lock
	find "$root/kspan" -name '*.ko' -exec "$([ "$ARCH" != arm64 ] || echo aarch64-linux-gnu-)strip" --strip-debug {} +
}

copy_file()
{
	local host=${1%%:*} guest

	case $1 in
	*:*) guest=${1#*:} ;;
	*) guest=/host/$(basename "$1") ;;
	esac
	[ -e "$host" ] || die "there is no $host"
	mkdir -p "$root/$(dirname "$guest")"
	cp -rL "$host" "$root/$guest"
}

place_script()
{
	local inside=${script#selftests/}

	if [ -f "$root/selftests/$inside" ]; then
		guest_script=/selftests/$inside
	elif [ -f "$script" ]; then
		guest_script=/host/$(basename "$script")
		cp -L "$script" "$root/$guest_script"
	else
		die "there is no script $script, neither in what a guest gets of selftests/ ($IN_GUEST) nor here"
	fi
}

quote() { printf "'%s' " "${1//\'/\'\\\'\'}"; }

write_conf()
{
	local g

	echo "STATION=$station KMEMLEAK=$kmemleak ALLOW=$(quote "$allow") SCRIPT=$(quote "$guest_script")"
	printf "GET='"
	for g in "${gets[@]}"; do printf '%s ' "${g%%:*}"; done
	echo "'"
	case $ARCH in
	um) echo "CHANNEL=$work/result" ;;
	arm64) echo CHANNEL=/dev/ttyS0 ;;
	*) echo CHANNEL=/dev/ttyS1 ;;
	esac
	printf 'set -- '
	for g in "${arguments[@]}"; do quote "$g"; done
	echo
}

# ---- the run ----

prepare_log()
{
	if [ -z "$log" ]; then
		mkdir -p "$cache/logs"
		log=$cache/logs/$station-$(basename "$script" .sh)-$(date +%m%d-%H%M%S)-$$
	fi
	: >"$log" || exit 1
	rm -f "$log.dmesg" "$log.output"
}

# Time stamps are what scan-dmesg.sh knows kernel lines by; an emulated processor needs patient watchdogs, and loses
# seconds where one CPU unpacks the initramfs while another waits for the same spinlocks. In user-mode Linux fault.sh has
# most to tell, 700 KB; elsewhere a log that is no longer than it has to be is less to look through for leaks.
kernel_arguments()
{
	local log_size=1M

	[ "$ARCH" != um ] || log_size=4M
	echo "panic=-1 oops=panic printk.time=1 printk.devkmsg=on loglevel=7 log_buf_len=$log_size initramfs_async=0" \
		"rcupdate.rcu_cpu_stall_timeout=60 watchdog_thresh=30 workqueue.watchdog_thresh=60 $APPEND $append"
}

# UML's memory is a file that must be mapped executable; /dev/shm is often too small in containers.
uml_memory_dir()
{
	local free

	free=$(df -m --output=avail /dev/shm 2>/dev/null | tail -n 1)
	if [ "${free:-0}" -gt "$mem" ] && ! grep -q ' /dev/shm [^ ]* [^ ]*noexec' /proc/mounts; then
		echo /dev/shm
	else
		echo "$work"
	fi
}

# User-mode Linux and the processes it runs take turns: on one CPU they do so two or three times as fast as on two.
# One that no other guest has taken, if there is; it is held until the guest ends.
take_cpu()
{
	local cpu held last=""

	mkdir -p "$cache/locks"
	for cpu in $(seq 0 $(($(nproc --all) - 1))); do
		taskset -c "$cpu" true 2>/dev/null || continue
		last=$cpu
		exec {held}>"$cache/locks/cpu-$cpu"
		! flock -n "$held" || break
		exec {held}>&-
	done
	command=(taskset -c "${last:-0}" "${command[@]}")
}

uml_command()
{
	command=(env "TMPDIR=$(uml_memory_dir)" "$KERNEL" "mem=${mem}M" "initrd=$work/initrd" con0=null,fd:1 con=null ssl=null)
	[ "$cpus" -eq 1 ] || command+=("ncpus=$cpus")
	# shellcheck disable=SC2207 # words
	command+=($(kernel_arguments))
	[ "$cpus" -gt 1 ] || take_cpu
}

qemu_command()
{
	local accel clock=""

	if [ -n "$icount" ]; then
		cpus=1
		accel=(-accel "tcg,thread=single" -icount "shift=0,sleep=off" -cpu "${cpu:-qemu64}")
	elif [ "$("$vm_dir/accel.sh" "$KERNEL")" = kvm ]; then
		accel=(-accel kvm -cpu "${cpu:-host}")
	else
		accel=(-accel "tcg,thread=$threads" -cpu "${cpu:-qemu64}")	# what else a processor has is slow to emulate
		clock=tsc=reliable	# its counters agree, which the kernel does not believe of this processor
	fi
	# A fourth of an emulator's time goes into looking up what is translated already, in tables that huge pages suit.
	# Each CPU is a socket: the firmware's MP table, by which kernels without ACPI find them, has one for each socket.
	# An emulated serial port interrupts for each character it is given. A real-time kernel's thread hands it thousands
	# before it returns: the kernel counts all but one interrupt as nobody's, and would close the console's for ever.
	command=(env GLIBC_TUNABLES=glibc.malloc.hugetlb=1 qemu-system-x86_64 "${accel[@]}"
		-smp "$cpus,sockets=$cpus" -m "$mem" -nodefaults -display none -no-reboot -monitor stdio
		-serial "file:$log" -serial "file:$work/result" "${devices[@]}"
		-kernel "$KERNEL" -initrd "$work/initrd"
		-append "console=ttyS0 $clock noirqdebug unknown_nmi_panic panic_print=0x40 $(kernel_arguments)")
	[ -z "$dump" ] || command+=(-device vmcoreinfo)	# where qemu_fw_cfg.ko tells what the kernel's dumps hold
	[ -z "$firmware" ] || command+=(
		-drive "if=pflash,format=raw,readonly=on,file=${firmware%%:*}"
		-drive "if=pflash,format=raw,snapshot=on,file=${firmware#*:}")
}

# The emulator keeps the order of accesses that the host has: what weaker order allows is for the litmus tests to find.
qemu_arm_command()
{
	command=(env GLIBC_TUNABLES=glibc.malloc.hugetlb=1 qemu-system-aarch64 -M virt -accel "tcg,thread=$threads"
		-cpu "${cpu:-max,pauth-impdef=on}" -smp "$cpus" -m "$mem" -nodefaults -display none -no-reboot -monitor stdio
		-serial "file:$log" -chardev "file,id=result,path=$work/result" -device pci-serial,chardev=result
		-kernel "$KERNEL" -initrd "$work/initrd"
		-append "console=ttyAMA0 noirqdebug panic_print=0x40 $(kernel_arguments)")
}

# A guest that hangs before kspan is there has nothing to tell of it: an emulated processor's, seldom, goes on to execute
# an instruction that another had patched. It is started again, twice at most.
boot()
{
	local tries=3

	ulimit -c 0
	mkfifo "$work/monitor"
	until run_guest || [ "$tries" -eq 1 ]; do
		tries=$((tries - 1))
		say "the guest did not reach its script within $BOOT_SECONDS s; its last lines:"
		tail -n 20 "$log" >&2
		say "it is started again"
		cp "$log" "$log.hung"
		: >"$log"
	done
}

# The guest holds the other end of a pipe until it has gone: reading it waits for just that, with a time limit. Fails
# when it hung before its script began.
run_guest()
{
	local started end monitor follower="" out=$work/qemu begun=yes

	case $ARCH in
	um) uml_command; out=$log ;;
	arm64) qemu_arm_command ;;
	*) qemu_command ;;
	esac
	exec {monitor}<>"$work/monitor"
	started=$SECONDS
	exec {end}< <(exec setsid "${command[@]}" <"$work/monitor" 3>&1 >>"$out" 2>&1)
	guest=$!
	if [ -n "$verbose" ]; then
		tail -n +1 -f --pid="$guest" "$log" &
		follower=$!
	fi
	hung=""
	[ -z "$dump" ] || wait_and_dump
	if ! wait_for_end "$((timeout < BOOT_SECONDS ? timeout : BOOT_SECONDS))"; then
		if ! grep -q 'kspan-vm: the script begins' "$log"; then
			begun=""
			end_hung_guest
		elif [ "$timeout" -le "$BOOT_SECONDS" ] || ! wait_for_end $((timeout - BOOT_SECONDS)); then
			end_hung_guest
		fi
	fi
	exec {end}<&- {monitor}>&-
	[ -z "$follower" ] || wait "$follower" || true
	guest=""
	took=$((SECONDS - started))
	[ -n "$begun" ]
}

# The monitor holds the guest meanwhile.
wait_and_dump()
{
	until grep -q 'kspan-vm: dump' "$log" || ! kill -0 "$guest" 2>/dev/null; do
		sleep 0.2
	done
	echo "dump-guest-memory -p $dump" >&"$monitor"
}

wait_for_end() { read -r -t "$1" -u "$end" _ || [ $? -le 128 ]; }

# An NMI makes the kernel print where each of its CPUs is, and panic.
end_hung_guest()
{
	hung=yes
	if [ "$ARCH" = x86_64 ]; then
		echo nmi >&"$monitor"
		wait_for_end 15 || true
	fi
	kill -9 -- "-$guest" 2>/dev/null || true
}

# Unpacks what the guest handed over; without that the console has to do.
collect()
{
	local i g console=$work/console

	mkdir "$work/got"
	tar -xzf "$work/result" -C "$work/got" 2>/dev/null || true
	tr -d '\r' <"$log" >"$console"
	mv "$console" "$log"
	[ ! -s "$work/got/dmesg" ] || cp "$work/got/dmesg" "$log.dmesg"
	[ ! -e "$work/got/output" ] || cp "$work/got/output" "$log.output"
	status=$(cat "$work/got/status" 2>/dev/null ||
		sed -n 's/.*kspan-vm: the script ended with status \([0-9]*\).*/\1/p' "$log" | tail -n 1)
	i=0
	for g in "${gets[@]}"; do
		fetch "$work/got/get/$i" "${g#*:}" "${g%%:*}"
		i=$((i + 1))
	done
}

fetch()
{
	local archive=$1 to=$2 name

	name=$(basename "$3")
	[ -s "$archive" ] || { say "the guest left no $3"; return 0; }
	mkdir -p "$work/fetched" "$(dirname "$to")"
	tar -xf "$archive" -C "$work/fetched"
	rm -rf "$to"
	mv "$work/fetched/$name" "$to"
}

# The guest's own copy of the kernel log is whole lines; what came after it, and all of it when the guest died, is on
# the console only.
scan()
{
	local from=$work/scanned

	if [ -s "$log.dmesg" ]; then
		{
			cat "$log.dmesg"
			sed '1,/kspan-vm: the script ended with status/d' "$log"
		} >"$from"
	else
		cp "$log" "$from"
	fi
	"$selftests/tests/scan-dmesg.sh" --allow "$allow" "$from"
}

report()
{
	local reports=""

	collect
	[ -n "$verbose" ] || [ ! -e "$log.output" ] || cat "$log.output"
	scan >&2 || reports=yes
	if [ -n "$hung" ]; then
		say "the guest did not end within $timeout s and was killed; its last lines:"
		tail -n 60 "$log" >&2
		finish "$EXIT_HANG"
	elif [ -z "$status" ]; then
		say "the guest ended without an exit status; its last lines:"
		[ ! -s "$work/qemu" ] || cat "$work/qemu" >&2
		tail -n 40 "$log" >&2
		finish "$EXIT_REPORT"
	elif [[ $status == 0 || $status == "$EXIT_SKIP" ]] && [ -n "$reports" ]; then
		finish "$EXIT_REPORT"
	fi
	finish "$status"
}

finish()
{
	say "$station $(basename "$script"): exit status $1 after $took s; console: $log"
	exit "$1"
}

main "$@"; exit
