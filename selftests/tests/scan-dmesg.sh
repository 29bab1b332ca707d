#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# scan-dmesg.sh [--allow REGEX] LOG: looks for anything the kernel complains about in a kernel log, prints it with
# what stands around it and exits with 1; exits with 0 and no word when the log is clean.
#
# tests/lib.sh runs it where the test runs, vm/run.sh on the host, on the log of a guest that has ended.
#
# Only lines with the kernel's time stamp count, so a console log that holds user space's output as well will do.
# Forgiven are lines that match --allow, with the stack dump that follows them, and, between the marks that
# expect.sh writes, kspan's own reports that match the mark's expression. Marks that do not pair and an
# announced report that did not come are complaints, too.

set -eu

allow=
while [ $# -gt 0 ]; do
	case $1 in
	--allow) allow=$2; shift ;;
	-h | --help) sed -n '3,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) break ;;
	esac
	shift
done

exec awk -v allow="$allow" -f "$(dirname "$0")/scan-dmesg.awk" "${1:?which log?}"
