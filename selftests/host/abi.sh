#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# abi.sh [--record | --test DIRECTORY]: looks whether the public headers are those that selftests/data/abi records, and
# whether the version is the same wherever it is written.
#
# The sums in abi_stamp.h do not cover what an inline function does, nor the parameters of exported ones. So abi has each
# declaration and each macro of the public headers, without comments. What is new may be added at any time; where
# something changed or went, a client that was compiled before may do wrong: then KSPAN_ABI in abi.h is to be raised.
#
# --record writes selftests/data/abi anew, as "make abi" does; not where KSPAN_ABI would have to be raised first.
# COMPATIBLE=1 says that a change is one which old clients do not notice.
# --test DIRECTORY shows the items of another directory's headers.

set -eu
. "$(dirname "$0")/../vm/lib.sh"

readonly RECORD=$selftests/data/abi
readonly HEADERS="kspan.h heap.h pool.h region.h string.h obj.h devm.h usercopy.h"

# items DIRECTORY: one a line, sorted. A declaration ends with its last brace or its semicolon.
items()
{
	local h

	for h in $HEADERS; do
		sed ':a; /\\$/ { N; s/[ \t]*\\\n/ /; ba }' "$1/$h" |
			"${CC:-cc}" -E -P -dD -w -fpreprocessed -x c - | awk -v header="$h" '
			{ gsub(/[ \t]+/, " "); sub(/^ /, ""); sub(/ $/, "") }
			!/./ { next }
			/^#define/ { if (!/KSPAN_VERSION|_H$|KSPAN_ABI_SUM/) print header ": " $0; next }
			/^#/ { next }
			{
				item = item (item ? " " : "") $0
				open = gsub(/{/, "{", item) - gsub(/}/, "}", item)
				if (open == 0 && /[;}]$/) {
					if (item !~ /^KSPAN_ABI_CHECK/)
						print header ": " item
					item = ""
				}
			}'
	done | LC_ALL=C sort
}

abi_number() { sed -n 's/^#define KSPAN_ABI\t\t*//p' "$tree/include/kspan/abi.h"; }

# What is recorded and no longer there.
changed() { tail -n +2 "$RECORD" | LC_ALL=C comm -23 - <(items "$tree/include/kspan"); }

may_record()
{
	[ -e "$RECORD" ] || return 0
	[ "$(head -n 1 "$RECORD")" = "KSPAN_ABI $(abi_number)" ] || return 0
	[ -z "${COMPATIBLE:-}" ] || return 0
	[ -z "$(changed)" ] && return
	changed >&2
	die "changed: raise KSPAN_ABI in include/kspan/abi.h, or say COMPATIBLE=1 if clients compiled before do not notice"
}

record()
{
	may_record
	{ echo "KSPAN_ABI $(abi_number)"; items "$tree/include/kspan"; } >"$RECORD"
}

same_version()
{
	local version

	version=$(sed -n 's/^#define KSPAN_VERSION\t*"\(.*\)"$/\1/p' "$tree/include/kspan/kspan.h")
	grep -qF "KERNEL_VERSION(${version//./, })" "$tree/include/kspan/kspan.h" || die "KSPAN_VERSION_CODE is not $version"
	grep -qx "PACKAGE_VERSION=\"$version\"" "$tree/dkms.conf" || die "dkms.conf is not of version $version"
	grep -m 1 '^| [0-9]*\.[0-9]*\.[0-9]* |' "$tree/include/kspan/README.md" | grep -qF "| $version |" ||
		die "the first version of the changelog in include/kspan/README.md is not $version"
	head -n 1 "$selftests/packages/debian/changelog" | grep -qF "kspan ($version) " ||
		die "the first version in selftests/packages/debian/changelog is not $version"
	! grep -HoE 'kspan/[0-9.]*[0-9]' "$tree/dkms.conf" "$tree/README.md" | grep -vE ":kspan/${version//./[.]}$" >&2 ||
		die "dkms is told of another version than $version"
}

main()
{
	case ${1:-} in
	-h | --help) usage "$0"; exit 0 ;;
	--record) record; exit ;;
	--test) items "$2"; exit ;;
	esac
	same_version
	may_record
	diff -u "$RECORD" <(echo "KSPAN_ABI $(abi_number)"; items "$tree/include/kspan") ||
		die "selftests/data/abi is not that of the headers: make abi"
}

main "$@"; exit
