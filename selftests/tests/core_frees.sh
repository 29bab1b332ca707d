#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The core kernel is given an object of kspan's to free. It fails, and kspan says why. A task dies of it, so this wants a
# guest, and "run.sh --allow" for what the kernel says itself.

. "$(dirname "$0")/lib.sh"

# told ACTION REGEX [ARGUMENT]...: the client does it, and kspan tells
told()
{
	action=$1 regex=$2
	shift 2
	expect_begin "$regex"
	check "$action $*" misuse "$action" "$@"
	check "$action $*: kspan tells of it" expect_end
	check "$action $*: the allocator goes on" misuse sane
}

begin
[ -n "${KSPAN_VM:-}" ] || skip_all "a task dies of it"
[ "${KSPAN_STATION#uml}" = "$KSPAN_STATION" ] || skip_all "no notifier of an oops here"
echo 0 >/proc/sys/kernel/panic_on_oops	# our guests have it set
must "load kspan" load kspan
must "load kspan_misuse" load kspan_misuse
told core_vfree 'v[a-z_]*[(][)] got a kspan object of 48 bytes'
told core_vfree 'v[a-z_]*[(][)] got a kspan object of 48 bytes' 1
told core_kfree 'kfree[(][)] got a kspan object of 64 bytes, in register [a-z0-9]+: use kspan_free[(][)]'
told core_kfree 'kfree[(][)] got a kspan object of 8192 bytes' 8192
told core_kfree_direct 'got a kspan object|freed by kfree[(][)]'
finish
