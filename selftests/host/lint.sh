#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lint.sh [--anew] [CHECK...]: the kernel's static checks over module/, include/, kunit/ and selftests/clients/. CHECK
# is any of checkpatch kernel-doc coccinelle warnings layers; all of them by default.
#
# Prints one line a check, and what it found below it; anything found is a failure. warnings are those of the compiler
# (W=1) and of sparse (C=1) when the modules are built, for the stock kernel and, with KUnit and debugging, for user-mode
# Linux: a file is compiled again only if it has changed or there was a warning. layers is layers.py, on the modules for
# the stock kernel. The others read the sources, with the scripts of the kernel's own sources. A check that found nothing
# is not made again while all that it reads is the same, byte for byte, unless with --anew.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

# The modules last: beside a check of all they are built by then.
checks="checkpatch kernel-doc coccinelle warnings layers"

# What checkpatch and coccinelle may find, where, and why: files (a regular expression), types or text, reason.
accepted()
{
	cat <<-'END'
	[/_]compat\.h$|^include/kspan/(kspan|slab_override)\.h$ LINUX_VERSION_CODE,CONSTANT_COMPARISON the only files that know versions
	/size_class(es)?\.[ch]$|/bench/consts\.c$ COMPLEX_MACRO,MACRO_ARG_REUSE tables as macros that list x(...)
	/bench/sweep_calls\.c$ MACRO_WITH_FLOW_CONTROL loops that differ in their calls only
	^include/kspan/abi\.h$ COMPLEX_MACRO,MACRO_ARG_REUSE terms of a sum, of constants alone
	^include/kspan/(kspan|obj|slab_override)\.h$ MACRO_ARG_PRECEDENCE,MACRO_ARG_REUSE the name of a struct member cannot stand in parentheses
	^include/kspan/string\.h$ MACRO_ARG_REUSE whether something is a constant can be asked without evaluating it
	^module/central/heap\.h$ MACRO_ARG_REUSE a loop macro names its variable in each of its parts
	^module/base/trace\.h$ PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE the layout of all headers of trace events
	^module/ UNCOMMENTED_DEFINITION the kernel-doc above a struct says what its lock guards
	^kunit/exports\.c$ AVOID_EXTERNS the tests declare in a header what only they call
	/torture/compat\.h$ INCLUDE_LINUX linux/nmi.h does not declare handlers of NMIs
	END
}

# Programs for the host: the kernel's headers and helpers, which these checks have in mind, are not for them.
host_programs='(mksizeclasses|kspantop/[a-z]+|user/[a-z_]+)\.[ch]'

build=$(build_dir lint)

main()
{
	local check failed=0

	anew=""
	case ${1:-} in
	-h | --help) usage "$0"; exit 0 ;;
	--anew) anew=yes; shift ;;
	esac
	# shellcheck disable=SC2086 # a list of names
	[ $# -gt 0 ] || set -- $checks
	need_packages gcc make rsync perl sparse coccinelle ocaml python3
	prepare
	for check in "$@"; do
		case " $checks " in
		*" $check "*) ;;
		*) die "no check $check; there are: $checks" ;;
		esac
		run_check "$check" || failed=1
	done
	return $failed
}

# A copy of the sources, for scripts that want no others beside them.
prepare()
{
	take_lock "$(basename "$build")"
	mkdir -p "$build/tree"
	stock_kdir=$(kdir_of stock)
	uml_kdir=$(kdir_of uml)
	rsync -a --delete --exclude '*.o' --exclude '*.ko' --exclude '.*' --exclude '*.mod' --exclude '*.mod.c' \
		--exclude '*.symvers' --exclude modules.order --exclude '*.xz' \
		"$tree"/{Kbuild,Makefile,module,include,kunit,selftests} "$build/tree/"
	source=$(readlink -f "$uml_kdir/source")
	cd "$build/tree"
	find . \( -name '*.c' -o -name '*.h' \) -printf '%P\n' | sort >"$build/files"
	clean=$cache/lint/$(inputs_hash)
}

# All that a check reads: the tree's files, both kernels and their tools, by name and version, and this script.
inputs_hash()
{
	{
		echo "$stock_kdir $uml_kdir $(gcc --version | head -n 1) $(sparse --version) $(spatch --version | head -n 1)"
		find . -type f \( -name '*.[ch]' -o -name Kbuild -o -name Makefile -o -name '*.mk' \) \
			-exec sha256sum {} + | sort -k 2
		sha256sum <"$selftests/host/lint.sh"
		sha256sum <"$selftests/host/layers.py"
		sha256sum <"$vm_dir/modules.sh"
	} | sha256sum | cut -c 1-16
}

# A check prints to stdout what it found; its status, which may come from having found something, does not count.
run_check()
{
	local n found=$build/$1.found started=$SECONDS

	if [ -z "$anew" ] && [ -e "$clean/$1" ]; then
		echo "ok - $1: $(cat "$clean/$1") (the same files as when it last found nothing)"
		return 0
	fi
	"check_${1//-/_}" >"$found" || true
	sed -i "s:$build/tree/::" "$found"
	sort -u -o "$found" "$found"
	n=$(wc -l <"$found")
	if [ "$n" -eq 0 ]; then
		mkdir -p "$clean"
		summary_of "$1" >"$clean/$1"
		echo "ok - $1: $(cat "$clean/$1"), $((SECONDS - started)) s"
		return 0
	fi
	echo "not ok - $1: $n found"
	sed 's/^/  /' "$found"
	return 1
}

summary_of()
{
	case $1 in
	warnings) echo "W=1 and sparse, $(objects) files" ;;
	layers) echo "$(find module -name '*.[ch]' | wc -l) files and their symbols" ;;
	coccinelle) echo "$(cocci_scripts | wc -l) semantic patches" ;;
	*) echo "$(wc -l <"$build/files") files" ;;
	esac
}

# for_modules COMMAND...: with the build of each kernel
for_modules()
{
	KSPAN_MAKE="" "$@" stock
	KSPAN_MAKE=DEBUG=1 "$@" uml
}

objects_of() { find "$(build_dir "$1")" -name '*.o' ! -name '*.mod.o' ! -name 'kspan*.o'; }
objects() { for_modules objects_of | wc -l; }

warnings_of() { "$vm_dir/modules.sh" --warnings "$1" || echo "the modules for $1 could not be built"; }
check_warnings() { for_modules warnings_of; }

check_layers()
{
	KSPAN_MAKE="" "$vm_dir/modules.sh" stock >/dev/null || echo "the modules for stock could not be built"
	python3 -B "$selftests/host/layers.py" "$(KSPAN_MAKE="" build_dir stock)" 2>&1
}

check_checkpatch()
{
	xargs perl "$source/scripts/checkpatch.pl" --root="$source" --strict --terse --show-types --no-summary \
		--max-line-length=100 -f <"$build/files" 2>&1 | grep -vE "^(total:|NOTE:|$)|/$host_programs:" |
		not_accepted
}

not_accepted()
{
	accepted >"$build/accepted"
	awk 'NR == FNR { files[NR] = $1; types[NR] = "," $2 ","; n = NR; next }
		{
			split($0, part, / *: */)
			type = part[4]
			sub(/ [0-9]+$/, "", type)
			gsub(/ /, "_", type)
			for (i = 1; i <= n; i++)
				if (part[1] ~ files[i] && index(types[i], "," type ","))
					next
			print
		}' "$build/accepted" -
}

check_kernel_doc() { xargs perl "$source/scripts/kernel-doc" -none <"$build/files" 2>&1; }

cocci_scripts() { find "$source/scripts/coccinelle" -name '*.cocci'; }

check_coccinelle()
{
	local log=$build/coccinelle.log

	make -C "$uml_kdir" ARCH=um coccicheck MODE=report M="$build/tree" J="$(nproc)" >"$log" 2>&1 ||
		{ echo "coccicheck failed: $log"; grep -v '^make' "$log" | tail -n 3; }
	grep -E "^$build/tree/[^ ]*:[0-9]+" "$log" | sed "s:^$build/tree/::" | grep -vE "/$host_programs:" | not_accepted
}

main "$@"; exit
