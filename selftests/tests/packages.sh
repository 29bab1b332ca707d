#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What DKMS built and signed, on a kernel that takes signed modules only: packages/check.sh runs this. KEY=unknown: the
# kernel does not know DKMS's key.

. "$(dirname "$0")/lib.sh"

readonly CLIENT=kspan_example

# Where the other scripts' modules are there need be none.
KSPAN_MODULES=/lib/modules/$(uname -r)/updates/dkms

begin
equal "signatures are enforced" "$(cat /sys/module/module/parameters/sig_enforce)" Y
check "kspan without a signature is refused" refused insmod /host/unsigned.ko
if [ "${KEY:-}" = unknown ]; then
	check "kspan signed with an unknown key is refused" refused modprobe kspan
	check "nothing is loaded" refused loaded kspan
	finish
fi
must "load the client, which brings kspan" modprobe $CLIENT
check "kspan is loaded" loaded kspan
at_least "the client allocated" "$(value_of allocs)" 1
check "unload the client" unload $CLIENT
balanced
check "unload kspan" unload kspan
finish
