#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Modules that are built with slab_override.h, and give their memory to hardware: DMA mappings, scatterlists, requests of
# the crypto API; and to a USB device, where host/make_real.sh brings one.

. "$(dirname "$0")/lib.sh"

readonly MODULE=kspan_hardware

# hardware DESCRIPTION MODULE [PARAMETER=VALUE]...: the module does all it has to when it is loaded
hardware()
{
	what=$1
	shift
	before=$(value_of allocs "$KSPAN_DEBUGFS/heaps/override/stats")
	check "$what" load "$@"
	log_since | grep "$1: " | sed "s/.*$1: /# /"
	n=$(($(value_of allocs "$KSPAN_DEBUGFS/heaps/override/stats") - before))
	at_least "$what: $n objects from kspan" $n 1
	check "unload $1" unload "$1"
}

has_usb_device()
{
	for device in /sys/bus/usb/devices/*-[1-9]*; do
		[ ! -e "$device" ] || return 0
	done
	return 1
}

# The controller's driver, and what it needs, if host/make_real.sh has put it there.
usb()
{
	if ! modprobe xhci-pci 2>/dev/null || ! wait_for 20 has_usb_device; then
		skip "a USB control transfer" "no USB device"
		return
	fi
	hardware "a USB control transfer" ${MODULE}_usb
}

begin
module_path $MODULE >/dev/null || skip_all "$MODULE.ko is not built: this kernel lacks DMA or the crypto API"
[ -n "${KSPAN_VM:-}" ] || skip_all "not in a guest"
grep -q '^name *: cbc(aes)' /proc/crypto || skip_all "the kernel has no cbc(aes) built in"
must "load kspan" load kspan
hardware "DMA and crypto" $MODULE
if modprobe gcm 2>/dev/null || grep -q '^name *: gcm(aes)' /proc/crypto; then
	hardware "an authenticating cipher as well" $MODULE 'aead=gcm(aes)'
else
	skip "an authenticating cipher" "no gcm(aes)"
fi
usb
balanced
equal "kspan reported no bad free" "$(value_of bad_frees)" 0
finish
