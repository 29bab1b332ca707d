#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# contend.sh: how often CPUs meet, of 2 to 256: compiles the module's own files for user space, with a program that counts
# how often locks are taken and magazines exchanged. TAP.

set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$selftests/host/user.sh"

help_wanted "$@"
need_packages gcc make libc6-dev
user_build contend "${CC:-cc}" -O2 -DCPUS=256
"$program"
