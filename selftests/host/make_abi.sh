#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_abi.sh [RUN.SH OPTION...]: the example client compiled for public headers that were changed, each in its own way,
# and loaded beside this tree's kspan in user-mode Linux: see tests/client.sh.
#
# Exit status: that of vm/run.sh.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

# NAME: what is changed. A client of "same" loads, of any other it does not.
change()
{
	local include=$build/$1/include/kspan

	case $1 in
	same)
		sed -i '1a /* A comment. */' "$include"/*.h
		sed -i 's/^\t\(size_t limit;\)/\t\t\1\t\/* bytes *\//' "$include/heap.h"
		sed -i '/^#define KSPAN_HEAP_DMA\t/a #define KSPAN_HEAP_NEW BIT(31)\nvoid kspan_heap_new(struct kspan_heap *heap);' \
			"$include/heap.h"
		;;
	class)	# more classes, and so other numbers
		sed "s/size >= 32)/size >= 64)/" "$tree/module/base/mksizeclasses.c" >"$build/classes.c"
		"${CC:-cc}" -o "$build/classes" "$build/classes.c"
		"$build/classes" >"$include/size_classes.h"
		;;
	flag) sed -i '/^#define KSPAN_HEAP_KEEP_LEAKS/s/BIT(2)/BIT(9)/' "$include/heap.h" ;;
	field) sed -i '/^\tvoid (\*ctor)/i \	size_t more;' "$include/pool.h" ;;
	number) sed -i '/^#define KSPAN_ABI\t/s/1$/2/' "$include/abi.h" ;;
	esac
	! diff -rq "$tree/include/kspan" "$include" >/dev/null || die "the change $1 changes nothing"
}

main()
{
	local name

	help_wanted "$@"
	build=$(build_dir abi)
	eval "$("$vm_dir/kernel.sh" uml | sed -n "s/^\(KDIR\|ARCH\)=\(.*\)/\1='\2'/p")"
	"$vm_dir/modules.sh" uml >/dev/null
	rm -rf "$build"
	mkdir -p "$build/modules"
	for name in same class flag field number; do
		prepare "$name"
		change "$name"
		client "$name"
	done
	"$vm_dir/run.sh" --no-build --file "$build/modules:/host/abi" "$@" uml tests/client.sh
}

prepare()
{
	mkdir -p "$build/$1/module/base"
	cp -r "$tree/include" "$build/$1/"
	cp "$tree"/module/base/mkabi.* "$build/$1/module/base/"
	cp "$selftests/clients/example/kspan_example.c" "$build/$1/"
	printf '%s\n' 'obj-m := kspan_example.o' "ccflags-y := -I\$(src)/include" >"$build/$1/Kbuild"
}

# A client does not compile with a stamp that is not that of its headers. modpost knows of this tree's symbols only.
client()
{
	local dir=$build/$1 stamp=$build/$1/include/kspan/abi_stamp.h

	[ "$1" != class ] || { ! kbuild "$1" modules && grep -q 'the ABI of kspan changed' "$dir/log"; } ||
		die "a client compiles with the stamp of other headers"
	kbuild "$1" module/base/mkabi.s && "$tree/module/base/mkabi.sh" "$dir/module/base/mkabi.s" >"$stamp" ||
		failed "$1"
	if [ "$1" = same ]; then
		cmp "$tree/include/kspan/abi_stamp.h" "$stamp"
	else
		! cmp -s "$tree/include/kspan/abi_stamp.h" "$stamp" || die "$1: the same ABI"
	fi
	kbuild "$1" KBUILD_MODPOST_WARN=1 modules || failed "$1"
	cp "$dir/kspan_example.ko" "$build/modules/$1.ko"
}

# kbuild NAME ARGUMENT...
kbuild()
{
	make -s -C "$KDIR" ARCH="$ARCH" M="$build/$1" KBUILD_EXTRA_SYMBOLS="$(build_dir uml)/Module.symvers" \
		KCFLAGS=-g0 CONFIG_DEBUG_INFO_BTF_MODULES= "${@:2}" >"$build/$1/log" 2>&1
}

failed()
{
	cat "$build/$1/log" >&2
	die "the client $1 does not build"
}

main "$@"; exit
