#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# prove.sh: is the arithmetic of the module right for all values? Compiles the module's own files for user space, with a
# program that tries every value. TAP.

set -eu
. "$(dirname "$0")/../vm/lib.sh"
. "$selftests/host/user.sh"

help_wanted "$@"
need_packages gcc make libc6-dev
user_build prove "${CC:-cc}" -O2
"$program"
