#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# env.sh NAME=VALUE... SCRIPT [ARGUMENT...]: for the guest, runs a script of selftests/ with variables set.

cd /selftests || exit 1
while :; do
	case ${1:-} in
	*=*) export "${1?}"; shift ;;
	*) break ;;
	esac
done
script=$1
shift
exec sh "./$script" "$@"
