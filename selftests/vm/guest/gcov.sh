#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# gcov.sh TEST...: for the guest, runs scripts of selftests/tests/ one after the other, whatever comes of each, and leaves
# in /tmp/gcov what the kernel counted of the lines of kspan.ko. A word with a = sets a variable for all that follow.

readonly COUNTS=/sys/kernel/debug/gcov
readonly OUT=/tmp/gcov

# Files in debugfs have no size, so nothing but reading them tells what they hold. "base/params" becomes "base-params".
collect()
{
	find $COUNTS -name '*.gcda' -path '*/module/*' | while read -r f; do
		mkdir -p "$OUT"
		cat "$f" >"$OUT/$(echo "${f##*/module/}" | tr / -)"
	done
}

cd /selftests/tests || exit 1
echo 1 >$COUNTS/reset
for word in "$@"; do
	case $word in
	*=*) export "${word?}"; continue ;;
	esac
	status=0
	sh "./$word.sh" >"/tmp/$word.output" 2>&1 || status=$?
	echo "# $word: exit status $status"
	grep '^not ok' "/tmp/$word.output"
done
collect
[ -n "$(ls $OUT)" ]
