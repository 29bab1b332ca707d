#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lint.sh [--anew] [CHECK...]: the kernel's static checks over module/, include/, kunit/ and selftests/clients/. CHECK is any of
# warnings sparse checkpatch kernel-doc coccinelle; all of them by default.
#
# Prints one line a check, and what it found below it; anything found is a failure. warnings (W=1) and sparse (C=2) see
# the modules as the stock kernel compiles them, and with KUnit and debugging as user-mode Linux does. The others read
# the sources, with the scripts of the kernel's own sources. A check that found nothing is not made again while all that
# it reads is the same, byte for byte, unless with --anew.

set -eu
. "$(dirname "$0")/vm/lib.sh"

checks="warnings sparse checkpatch kernel-doc coccinelle"

# What checkpatch and coccinelle may find, where, and why: files (a regular expression), types or text, reason.
accepted()
{
	cat <<-'END'
	[/_]compat\.h$|^include/kspan/(kspan|slab_override)\.h$ LINUX_VERSION_CODE,CONSTANT_COMPARISON the only files that know versions
	/size_class(es)?\.[ch]$|/bench/consts\.c$ COMPLEX_MACRO,MACRO_ARG_REUSE tables as macros that list x(...)
	^include/kspan/(kspan|slab_override)\.h$ MACRO_ARG_PRECEDENCE,MACRO_ARG_REUSE the name of a struct member cannot stand in parentheses
	^module/ UNCOMMENTED_DEFINITION the kernel-doc above a struct says what its lock guards
	/torture/compat\.h$ INCLUDE_LINUX linux/nmi.h does not declare handlers of NMIs
	END
}

# A program for the host: the kernel's headers and helpers, which these checks have in mind, are not for it.
host_programs=mksizeclasses.c

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
	need_packages gcc make rsync perl sparse coccinelle ocaml
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

# Copies of the tree to build in, one for each kernel; the checks of sources look at the first.
prepare()
{
	local station

	take_lock "$(basename "$build")"
	mkdir -p "$build"
	: >"$build/log"
	stock_kdir=$(kdir_of stock)
	uml_kdir=$(kdir_of uml)
	for station in stock uml; do
		mkdir -p "$build/$station"
		rsync -a --delete --exclude '*.o' --exclude '*.ko' --exclude '.*' --exclude '*.mod' --exclude '*.mod.c' \
			--exclude '*.symvers' --exclude modules.order --exclude '*.xz' \
			"$tree"/{Kbuild,Makefile,module,include,kunit,selftests} "$build/$station/"
	done
	source=$(readlink -f "$uml_kdir/source")
	cd "$build/stock"
	find . \( -name '*.c' -o -name '*.h' \) ! -name '*.mod.c' -printf '%P\n' | sort >"$build/files"
	clean=$cache/lint/$(inputs_hash)
}

# All that a check reads: the tree's files, both kernels and their tools, by name and version, and this script.
inputs_hash()
{
	{
		echo "$stock_kdir $uml_kdir $(gcc --version | head -n 1) $(sparse --version) $(spatch --version | head -n 1)"
		find . -type f \( -name '*.[ch]' -o -name Kbuild -o -name Makefile -o -name '*.mk' \) ! -name '*.mod.c' \
			-exec sha256sum {} + | sort -k 2
		sha256sum <"$tree/selftests/lint.sh"
	} | sha256sum | cut -c 1-16
}

kdir_of() { "$vm_dir/kernel.sh" "$1" | sed -n 's/^KDIR=//p'; }

# A check prints to stdout what it found; its status, which may come from having found something, does not count.
run_check()
{
	local n found=$build/$1.found started=$SECONDS

	if [ -z "$anew" ] && [ -e "$clean/$1" ]; then
		echo "ok - $1: $(cat "$clean/$1") (the same files as when it last found nothing)"
		return 0
	fi
	"check_${1//-/_}" >"$found" || true
	sed -i "s:$build/[a-z]*/::" "$found"
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
	warnings) echo "W=1, $(objects) files compiled" ;;
	sparse) echo "C=2, $(objects) files" ;;
	coccinelle) echo "$(cocci_scripts | wc -l) semantic patches" ;;
	*) echo "$(wc -l <"$build/files") files" ;;
	esac
}

objects() { find "$build/stock" "$build/uml" -name '*.o' ! -name '*.mod.o' ! -name 'kspan*.o' | wc -l; }

# make_all MAKE_ARGUMENT...: what the compiler and sparse say of our files; a build that fails is a finding.
make_all()
{
	local log=$build/make.log status=0

	make -C "$build/stock" -k -j"$(nproc)" KDIR="$stock_kdir" KCFLAGS=-g0 "$@" modules clients >"$log" 2>&1 ||
		status=1
	# shellcheck disable=SC2046 # a word or none
	make -C "$build/uml" -k -j"$(nproc)" KDIR="$uml_kdir" ARCH=um DEBUG=1 "$@" modules \
		$(kunit_target) >>"$log" 2>&1 || status=1
	cat "$log" >>"$build/log"
	grep -E "^($build/|\.\./)?[^ ]*\.[ch]:[0-9]+.*(warning|error):" "$log" || true
	grep -E '^(WARNING|ERROR): modpost' "$log" || true
	[ "$status" -eq 0 ] || grep -E '\*\*\*' "$log" || true
}

kunit_target() { [ ! -e "$tree/kunit/Kbuild" ] || echo kunit-modules; }

# All is compiled anew, as a file that is up to date would not be complained about.
check_warnings()
{
	find "$build/stock" "$build/uml" -name '*.o' -delete
	make_all W=1
}

check_sparse() { make_all W=1 C=2; }

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

	make -C "$uml_kdir" ARCH=um coccicheck MODE=report M="$build/stock" J="$(nproc)" >"$log" 2>&1 ||
		{ echo "coccicheck failed: $log"; grep -v '^make' "$log" | tail -n 3; }
	grep -E "^$build/stock/[^ ]*:[0-9]+" "$log" | sed "s:^$build/stock/::" | grep -v "/$host_programs:" | not_accepted
}

main "$@"; exit
