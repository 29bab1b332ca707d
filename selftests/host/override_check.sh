#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# override_check.sh: a module that is built with slab_override.mk and hands its memory to what frees it is warned of,
# source by source, and is built all the same; so is one whose memory has no page, and that hands it to hardware. TAP.

set -eu
# shellcheck source=../vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"

dir=$(mktemp -d "${TMPDIR:-/tmp}/kspan-override.XXXXXX")
trap 'rm -rf "$dir"' EXIT
kspan=$(build_dir stock)
"$vm_dir/modules.sh" stock >&2
n=0 failed=0

# check TEXT COMMAND...
check()
{
	n=$((n + 1))
	if "${@:2}"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		failed=1
	fi
}

# source NAME INCLUDE STATEMENT: NAME.c with a function that allocates, and hands that over
source_file()
{
	cat >"$dir/$1.c" <<-END
		#include <linux/module.h>
		#include <linux/slab.h>
		#include <linux/$2>
		void *$1(void *x);
		void *$1(void *x)
		{
			void *p = kmalloc(64, GFP_KERNEL);

			$3
			return p;
		}
	END
}

build()
{
	make -C "$(kdir_of stock)" M="$dir" KSPAN="$kspan" modules >"$dir/output" 2>&1
}

warned() { grep -q "kspan: warning: $1\.c calls $2()" "$dir/output"; }
not_warned() { ! grep -q "warning: $1\.c" "$dir/output"; }

source_file mapped dma-mapping.h 'dma_map_single(x, p, 64, DMA_TO_DEVICE);'
source_file listed scatterlist.h 'sg_init_one(x, p, 64);'
source_file direct scatterlist.h 'sg_init_one(x, p, 64);'
source_file private seq_file.h 'seq_release_private(x, p);'
source_file plain string.h 'memset(p, 0, 64);'
source_file off scatterlist.h 'sg_init_one(x, p, 64);'
cat >"$dir/main.c" <<-END
	#define pr_fmt(text) "handing: " text
	#include <linux/module.h>
	#define MIN(a, b) ((a) < (b) ? (a) : (b))
	#define MAX(a, b) ((a) > (b) ? (a) : (b))
	MODULE_LICENSE("GPL");
	MODULE_DESCRIPTION("hands memory over");
END
cat >"$dir/Kbuild" <<-'END'
	obj-m := handing.o
	handing-y := main.o mapped.o listed.o direct.o private.o plain.o off.o
	-include $(or $(KSPAN),/usr)/include/kspan/slab_override.mk
	CFLAGS_off.o += -DKSPAN_SLAB_OVERRIDE_OFF
	CFLAGS_mapped.o += -DKSPAN_OVERRIDE_VMALLOC
	CFLAGS_listed.o += -DKSPAN_OVERRIDE_VMALLOC
END

check "it builds" build
check "its own pr_fmt, MIN and MAX are no second ones" sh -c "! grep -q redefined '$dir/output'"
check "a mapping for a device" warned mapped dma_map_page_attrs
check "a scatterlist" warned listed sg_init_one
check "what the kernel frees" warned private seq_release_private
check "the remedy is told" grep -q "CFLAGS_listed.o += -DKSPAN_SLAB_OVERRIDE_OFF" "$dir/output"
check "a scatterlist of memory that has pages is not" not_warned direct
check "nothing else is" not_warned plain
check "nor what is on the real slab" not_warned off
check "it builds again" build
check "nothing was built, so nothing is told" not_warned listed
check "make clean leaves no file behind" \
	sh -c "make -C '$(kdir_of stock)' M='$dir' KSPAN='$kspan' clean >/dev/null && [ ! -e '$dir/kspan_override.checked' ]"
echo "1..$n"
[ $failed -eq 0 ] || { cat "$dir/output" >&2; exit 1; }
