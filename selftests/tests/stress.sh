#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Everything at once: the torture module in all contexts for SECONDS_STRESS seconds (20), or longer
# if a context has not done its part by then, with SEED_STRESS for the choice of operations (random).
# Then the books must balance.

. "$(dirname "$0")/lib.sh"

readonly SECONDS_WANTED=${SECONDS_STRESS:-20}

# The torture ends by itself.
ends()
{
	wait_for $((SECONDS_WANTED * 4 + 240)) torture_ended
}

one_cpu()
{
	[ "$(grep -c ^processor /proc/cpuinfo)" -eq 1 ]
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
	if one_cpu; then
		skip "objects freed on another CPU" "one CPU"
	else
		at_least "objects freed on another CPU" "$(value_of far_frees "$TORTURE_STATUS")" 1
	fi
	echo "# $frees objects freed"
}

begin
must "load kspan" load kspan tiny=1
must "start the torture for $SECONDS_WANTED s" torture_start seconds="$SECONDS_WANTED" \
	seed="${SEED_STRESS:-0}"
echo "# seed $(value_of seed "$TORTURE_STATUS"), $(value_of threads "$TORTURE_STATUS") threads"
check "it ends when each context has done its part" ends
contexts
echo "# $(value_of ops "$TORTURE_STATUS") operations"
check "every call was made" every_call
exchange
torture_result
balanced
equal "no bad free" "$(value_of bad_frees)" 0
check "trim leaves only the reserve" wait_for 60 trim_all
check "unload kspan" unload kspan
finish
