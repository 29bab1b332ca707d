#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# keep_symvers.sh DIRECTORY: keeps the versions of kspan's symbols, which modules that use it need to be built, in what
# DKMS has of this build. DKMS calls it as POST_BUILD, in the directory of the build, and removes all in the end.

set -e
mkdir -p "$1"
cp Module.symvers "$1/"
