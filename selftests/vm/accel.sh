#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# accel.sh BZIMAGE: prints kvm where a guest really runs under it, else tcg.
#
# That /dev/kvm opens is no proof (on some hosts a guest under it hangs), so a kernel is booted up to its first
# process. The verdict is kept until the host boots again.

set -eu
. "$(dirname "$0")/lib.sh"

readonly PROBE_SECONDS=10

main()
{
	local verdict

	case ${1:-} in
	'' | -h | --help) usage "$0"; exit 0 ;;
	esac
	if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
		echo tcg
		exit 0
	fi
	verdict=$cache/accel/$(cat /proc/sys/kernel/random/boot_id)
	take_lock accel
	if [ ! -s "$verdict" ]; then
		mkdir -p "$cache/accel"
		rm -f "$cache/accel"/*
		probe "$1" >"$verdict.part"
		mv "$verdict.part" "$verdict"
	fi
	cat "$verdict"
}

probe()
{
	local dir

	dir=$(mktemp -d)
	mkdir "$dir/root"
	cp "$(command -v busybox)" "$dir/root/busybox"
	cat >"$dir/root/init" <<-'END'
		#!/busybox sh
		/busybox mkdir /dev
		/busybox mount -t devtmpfs dev /dev
		echo kspan-guest-runs >/dev/ttyS0
		/busybox reboot -f
	END
	chmod +x "$dir/root/init"
	(cd "$dir/root" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) >"$dir/initrd"
	timeout -k 1 "$PROBE_SECONDS" qemu-system-x86_64 -accel kvm -cpu host -m 256 -nodefaults -display none -no-reboot \
		-serial "file:$dir/log" -kernel "$1" -initrd "$dir/initrd" -append "console=ttyS0 panic=-1" \
		</dev/null >/dev/null 2>&1 || true
	if grep -q kspan-guest-runs "$dir/log" 2>/dev/null; then
		echo kvm
	else
		say "/dev/kvm does not run a guest within $PROBE_SECONDS s: emulating the processor instead"
		echo tcg
	fi
	rm -r "$dir"
}

main "$@"; exit
