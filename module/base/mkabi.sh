#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# mkabi.sh FILE.s: prints include/kspan/abi_stamp.h from what the compiler made of mkabi.c.

awk '
BEGIN {
	print "/* SPDX-License-Identifier: GPL-2.0 */"
	print "/* Written by \"make abi\" from the other headers; see abi.h. */"
	print "#ifndef _KSPAN_ABI_STAMP_H"
	print "#define _KSPAN_ABI_STAMP_H\n"
}
match($0, /"->[A-Z]+ /) {
	name = substr($0, RSTART + 3, RLENGTH - 4)
	value = $0
	sub(/.*"->[A-Z]+ [$#]?/, "", value)
	sub(/ .*/, "", value)
	if (name == "VERSION")
		version = value
	else {
		printf "#define KSPAN_ABI_STAMP_%s\t%sULL\n", name, value
		sums = sums name value
	}
}
# FNV-1a of 31 bits, as numbers in awk are exact to 53.
function hash(text,   h, i, c, letters)
{
	letters = "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	h = 1166136261
	for (i = 1; i <= length(text); i++) {
		c = index(letters, substr(text, i, 1))
		h = (h * 16777 + c * 31337 + 7) % 2147483647
	}
	return h
}
END {
	if (!sums || !version)
		exit 1
	printf "\n#define KSPAN_ABI_SYMBOL\tkspan_abi_%s_%08x\n\n", version, hash(sums)
	print "#endif /* _KSPAN_ABI_STAMP_H */"
}' "$1"
