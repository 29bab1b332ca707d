#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Objects of a direct heap in DMA mappings, scatterlists and crypto requests; and all of kspan on the direct map.

. "$(dirname "$0")/lib.sh"

begin
must "load kspan" load kspan
if [ -n "${KSPAN_VM:-}" ] && [ -e "$(module_path kspan_direct)" ] && grep -q '^name *: cbc(aes)' /proc/crypto; then
	check "DMA and crypto take the memory" load kspan_direct
	check "unload kspan_direct" unload kspan_direct
else
	skip "DMA and crypto" "not in a guest whose kernel has them built in"
fi
check "unload kspan" unload kspan
must "load kspan backing=direct" load kspan backing=direct
must "load kspan_misuse" load kspan_misuse
check "the allocator works" misuse sane
check "objects" misuse hold 64 1000
check "larger ones" misuse hold 100000 20
check "free them" misuse release
check "all goes back but the reserve" wait_for 60 trim_all
check "unload kspan_misuse" unload kspan_misuse
balanced
check "unload kspan" unload kspan
check "no other backing" refused insmod "$(module_path kspan)" backing=nowhere
finish
