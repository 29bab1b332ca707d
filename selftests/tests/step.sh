#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# An interrupt may come at any instruction of kspan and call kspan: nothing is lost, and nobody gets what another has.

. "$(dirname "$0")/lib.sh"

passed()
{
	log_since | grep -q 'kspan_step: PASS'
}

begin
[ "$(uname -m)" = x86_64 ] || skip_all "only x86-64 processors are stepped"
[ "${KSPAN_STATION#uml}" = "${KSPAN_STATION:-}" ] || skip_all "user-mode Linux cannot step itself"
must "load kspan" load kspan arena_decay_ms=600000 tiny=1
check "interrupt each instruction" load kspan_step "steps=${STEPS:-10000}"
log_since | sed -n 's/.*kspan_step: /# /p'
check "all objects are right" passed
[ -z "${STOPS:-}" ] || cp /sys/kernel/debug/kspan_step "$STOPS"
balanced
check "unload kspan_step" unload kspan_step
check "unload kspan" unload kspan
finish
