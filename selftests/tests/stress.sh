#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Everything at once: the torture module in all contexts for SECONDS_STRESS seconds (20), with
# SEED_STRESS for the choice of operations (random). Then the books must balance.

. "$(dirname "$0")/lib.sh"

readonly SECONDS_WANTED=${SECONDS_STRESS:-20}

# So many operations a second are little even for a slow guest; fewer are no torture.
readonly OPS_A_SECOND=20

# The torture ends by itself; a machine that is busy with it may be late.
ends_in_time()
{
	wait_for $((SECONDS_WANTED * 2 + 60)) torture_ended
}

# The torture says so in the log.
no_nmis()
{
	log_since | grep -q 'kspan_torture: no NMIs here'
}

contexts()
{
	for context in task softirq hardirq nmi; do
		ops=$(value_of ${context}_ops "$TORTURE_STATUS")
		if [ "$context" = nmi ] && no_nmis; then
			skip "operations in NMI" "no NMIs here"
		else
			at_least "operations in $context context: $ops" "$ops" 1
		fi
	done
}

# Each call that the torture knows was made.
every_call()
{
	awk 'seen && $1 != "trim" && $2 == 0 { print $1; none = 1 } $1 == "foreign_frees" { seen = 1 }
		END { exit none || !seen }' "$TORTURE_STATUS"
}

exchange()
{
	frees=$(value_of frees "$TORTURE_STATUS")
	at_least "objects freed in another context" "$(value_of foreign_frees "$TORTURE_STATUS")" 1
	if [ "$(grep -c ^processor /proc/cpuinfo)" -gt 1 ]; then
		at_least "objects freed on another CPU" "$(value_of far_frees "$TORTURE_STATUS")" 1
	else
		skip "objects freed on another CPU" "one CPU"
	fi
	echo "# $frees objects freed"
}

begin
must "load kspan" load kspan
must "start the torture for $SECONDS_WANTED s" torture_start seconds="$SECONDS_WANTED" \
	seed="${SEED_STRESS:-0}"
echo "# seed $(value_of seed "$TORTURE_STATUS"), $(value_of threads "$TORTURE_STATUS") threads"
check "it ends in time" ends_in_time
contexts
ops=$(value_of ops "$TORTURE_STATUS")
at_least "operations in all: $ops" "$ops" $((SECONDS_WANTED * OPS_A_SECOND))
check "every call was made" every_call
exchange
torture_result
balanced
equal "no bad free" "$(value_of bad_frees)" 0
check "trim" sh -c "echo 1 >$KSPAN_DEBUGFS/trim"
equal "no arena is left" "$(value_of arenas)" 0
check "unload kspan" unload kspan
finish
