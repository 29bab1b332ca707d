#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# env.sh NAME=VALUE... SCRIPT [ARGUMENT...]: for the guest, runs a script of selftests/ with variables set. The script's
# own processes stay on the CPUs of the mask ON_CPUS, where an emulated machine has to pay dearly for each change.

cd /selftests || exit 1
while :; do
	case ${1:-} in
	*=*) export "${1?}"; shift ;;
	*) break ;;
	esac
done
script=$1
shift
exec ${ON_CPUS:+taskset "$ON_CPUS"} sh "./$script" "$@"
