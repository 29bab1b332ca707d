# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Builds programs for user space of the module's own files, on the small kernel of selftests/user. Sourced after lib.sh.

# user_build PROGRAM COMPILER OPTION...: compiles user/PROGRAM*.c, the small kernel and the module, what of it has changed,
# and sets program to the result. COMPILER and options also link.
user_build()
{
	local dir=$cache/build/user-$1-$(tree_id) name=$1 source

	shift
	source=$(readlink -f "$(kdir_of uml)/source")
	mkdir -p "$dir/include"
	user_headers "$dir/include" "$source"
	user_makefile "$name" "$dir" "$@" >"$dir/Makefile.new"
	cmp -s "$dir/Makefile.new" "$dir/Makefile" || mv "$dir/Makefile.new" "$dir/Makefile"
	make -s -C "$dir" -j"$(nproc)"
	program=$dir/$name
}

# user_headers DIRECTORY SOURCE: the headers that the module includes. SOURCE is the kernel's, for its red-black trees.
user_headers()
{
	local h

	grep -rhoE '#include <(linux|asm|trace)/[a-z0-9_/]*\.h>' "$tree/module" "$tree/include" "$2/tools/lib/rbtree.c" \
		"$2"/tools/include/linux/rbtree*.h | sort -u | sed 's/.*<//; s/>//' |
		grep -vE '^linux/(errno|rbtree.*)\.h$' | while read -r h; do
		[ ! -e "$1/$h" ] || continue
		mkdir -p "$1/$(dirname "$h")"
		echo '#include "user/kernel.h"' >"$1/$h"
	done
	cp -u "$2"/tools/include/linux/rbtree*.h "$1/linux"
	cp -u "$2/tools/lib/rbtree.c" "$1/rbtree.c"
}

# The module's files that run in user space: all but those that only debugfs, modules, devices and oopses need, the
# sampler of guarded objects, and what only the build runs.
user_sources()
{
	find "$tree/module" -name '*.c' ! -name 'mk*' ! -name 'debugfs.c' ! -name 'map.c' ! -name 'clients.c' \
		! -name 'profile_files.c' ! -name 'oops.c' ! -name 'guard_sample.c' ! -name 'api_devm.c' ! -name '*.mod.c' | sort
}

# user_makefile NAME DIRECTORY COMPILER OPTION...
user_makefile()
{
	local name=$1 dir=$2 c o objects=""

	shift 2
	echo "FLAGS := -std=gnu11 -g -w -fno-strict-aliasing -fno-strict-overflow -DKSPAN_DEBUG -DKSPAN_ITSELF" \
		"-I$dir/include -I$selftests -I$tree/module -I$tree/include"
	echo "all: $name"
	for c in $(user_sources) "$selftests"/user/{kernel,memory}.c "$selftests/user/$name"*.c "$dir/include/rbtree.c"; do
		o=$(echo "${c%.c}.o" | tr / _)
		objects="$objects $o"
		printf '%s: %s Makefile\n\t%s $(FLAGS) -MMD -c -o $@ $<\n' "$o" "$c" "$*"
	done
	printf '%s:%s\n\t%s -o $@ $^\n' "$name" "$objects" "$*"
	echo "%.h: ;"	# one that is gone since the last build is in a .d file still
	echo "-include *.d"
}
