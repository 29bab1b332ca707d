#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The KUnit suites of kspan_kunit.ko, on a kernel with CONFIG_KUNIT: loads it and shows its results, which the kernel
# prints into its log. TAP, one result a test case; exit status 4: this kernel has no KUnit.

. "$(dirname "$0")/lib.sh"

# The results without time stamps: the suites' lines, and, indented by four, those of their cases.
results()
{
	log_since | sed -nE 's/^\[[^]]*\](\[[^]]*\])? ?//; /^ *(not )?ok [0-9]|^ *# /p'
}

count()
{
	grep -cE "$1" "$scratch/results"
}

begin
module_path kspan_kunit >/dev/null || skip_all "no kspan_kunit.ko: the kernel has no KUnit"
load kspan arena_mb=4 || exit 1
modprobe kunit 2>/dev/null
insmod "$(module_path kspan_kunit)" || exit 1
unload kspan_kunit || exit 1
unload kspan || exit 1
results >"$scratch/results"
sed 's/^#/ #/; s/^\(not \)*ok/# &/' "$scratch/results"
log_clean || echo "not ok - the kernel reported something"
skips=$(count '^    ok .*# SKIP')
passed=$(($(count '^    ok ') - skips))
failed=$(count '^    not ok ')
echo "# $(count '^ok ') suites passed, $(count '^not ok ') failed"
echo "# Totals: pass:$passed fail:$failed skip:$skips"
tap_ended=yes
[ "$passed" -gt 0 ] && [ "$failed" -eq 0 ] && [ "$(count '^not ok ')" -eq 0 ] && log_clean >/dev/null
