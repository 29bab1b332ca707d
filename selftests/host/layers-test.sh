#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Does layers.py find each arrow upwards and each circle, and nothing in a tree that has none? TAP; needs a compiler.

here=$(cd "$(dirname "$0")" && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
count=0 failed=0

# A tree of three layers and main.c, with arrows downwards, and beside one another within a layer.
plant_clean()
{
	rm -rf "$build/module"
	mkdir -p "$build"/module/{base,pages,api}
	cd "$build/module" || exit
	echo 'int names_init(void);' >base/names.h
	echo '#include "names.h"
int names_init(void) { return 0; }' >base/names.c
	echo '#include "../base/names.h"
struct arena { int pages; };
int arena_new(void);' >pages/arena.h
	echo '#include "arena.h"
int arena_new(void) { return names_init(); }' >pages/arena.c
	echo '#include "pages/arena.h"
int mheap_new(void);' >pages/mheap.h
	echo '#include "mheap.h"
int mheap_new(void) { return arena_new(); }' >pages/mheap.c
	echo '#include "../pages/mheap.h"
#include "../base/names.h"
int kspan_alloc(void) { return mheap_new() + names_init(); }' >api/api.c
	echo 'int kspan_alloc(void);
int init(void) { return kspan_alloc(); }' >main.c
	# A program for the host is no part of the module.
	echo 'int main(void) { return 0; }' >base/mksizeclasses.c
}

compile()
{
	local c

	cd "$build" || exit
	: >kspan.mod
	for c in $(find module -name '*.c' ! -name mksizeclasses.c | sort); do
		"${CC:-cc}" -fno-pic -Imodule -c -o "${c%.c}.o" "$c" || exit
		echo "$build/${c%.c}.o" >>kspan.mod
	done
}

# check TITLE [LINE]...: compiled as it is, the tree gives these lines and no other; without any it passes.
check()
{
	local title=$1 wanted=0

	shift
	[ $# -eq 0 ] || wanted=1
	compile
	status=0
	python3 -B "$here/layers.py" "$build" >"$build/found" || status=$?
	printf '%s\n' "$@" | sed '/^$/d' >"$build/wanted"
	count=$((count + 1))
	if [ $status -eq $wanted ] && cmp -s "$build/wanted" "$build/found"; then
		echo "ok $count - $title"
	else
		diff "$build/wanted" "$build/found" | sed 's/^/# /'
		echo "not ok $count - $title"
		failed=$((failed + 1))
	fi
}

plant_clean
check "a clean tree"

plant_clean
echo '#include "../pages/arena.h"' >base/params.h
check "an include of a higher folder, by a path from the file" \
	'module/base/params.h includes module/pages/arena.h, which lies higher'

plant_clean
echo '#include "api/api.h"' >>pages/mheap.c
echo 'int kspan_alloc(void);' >api/api.h
check "an include of a higher folder, by a path from module/" \
	'module/pages/mheap.c includes module/api/api.h, which lies higher' \
	'circle: module/api/api.c includes module/pages/mheap.h; module/pages/mheap.c includes module/api/api.h'

plant_clean
echo '#include <pages/arena.h>' >>base/params.h
check "an include of a higher folder, in angle brackets" \
	'module/base/params.h includes module/pages/arena.h, which lies higher'

plant_clean
echo 'int scavenge(void); int params_set(void) { return scavenge(); }' >base/params.c
echo 'int scavenge(void) { return 0; }' >api/scavenge.c
check "a call of a higher folder" \
	'module/base/params.o uses scavenge of module/api/scavenge.o, which lies higher'

plant_clean
echo 'extern int limit; int *params_limit(void) { return &limit; }' >base/params.c
echo 'int limit;' >pages/limit.c
check "a variable of a higher folder" \
	'module/base/params.o uses limit of module/pages/limit.o, which lies higher'

plant_clean
echo 'int loaded(void) { return 1; }' >>main.c
echo 'int loaded(void); int kspan_loaded(void) { return loaded(); }' >api/loaded.c
check "a call of main.c" \
	'module/api/loaded.o uses loaded of module/main.o, which lies higher'

plant_clean
echo 'int mheap_new(void); int arena_grow(void) { return mheap_new(); }' >>pages/arena.c
check "a circle within a folder, half of it by a call" \
	'circle: module/pages/arena.o uses mheap_new of module/pages/mheap.o; module/pages/mheap.h includes module/pages/arena.h'

plant_clean
echo '#include "b.h"' >pages/a.h
echo '#include "c.h"' >pages/b.h
echo '#include "a.h"' >pages/c.h
check "a circle of three headers" \
	'circle: module/pages/a.h includes module/pages/b.h; module/pages/b.h includes module/pages/c.h; module/pages/c.h includes module/pages/a.h'

plant_clean
echo 'int stray;' >stray.c
mkdir attic
echo 'int old;' >attic/old.c
check "a file in no layer" 'module/attic/old.c lies in no layer' 'module/stray.c lies in no layer'

plant_clean
compile
echo 'int gone; int kspan_alloc(void); int g(void) { return kspan_alloc(); }' >module/base/gone.c
"${CC:-cc}" -c -o module/base/gone.o module/base/gone.c && rm module/base/gone.c
check "an object that is no longer in the module"

count=$((count + 1))
rm "$build/kspan.mod"
if python3 -B "$here/layers.py" "$build" >/dev/null 2>&1 || [ $? -ne 2 ]; then
	echo "not ok $count - a tree that is not built"
	failed=$((failed + 1))
else
	echo "ok $count - a tree that is not built"
fi

echo "1..$count"
[ "$failed" -eq 0 ]
