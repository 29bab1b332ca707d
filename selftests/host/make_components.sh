#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make_components.sh [RUN.SH OPTION...]: parts of the kernel, from the distribution's source package and unchanged, built
# with slab_override.h against the stock kernel, and at work there on kspan's memory: see tests/components.sh.
#
# Exit status: that of vm/run.sh.

set -eu
. "$(dirname "$0")/../vm/lib.sh"
# shellcheck source=components_lib.sh
. "$selftests/host/components_lib.sh"

main()
{
	help_wanted "$@"
	kspan=$(build_dir stock)
	build=$(build_dir components)
	"$vm_dir/modules.sh" stock >/dev/null
	components_find
	components_copy "$build" fs/overlayfs lib/objagg.c lib/test_objagg.c lib/parman.c lib/test_parman.c
	components_build "$build" PARTS="overlay objagg test_objagg parman test_parman" KSPAN="$kspan" \
		KBUILD_EXTRA_SYMBOLS="$kspan/Module.symvers"
	# shellcheck disable=SC2046 # words
	"$vm_dir/run.sh" --no-build $(files) "$@" stock tests/components.sh
}

files()
{
	local ko

	for ko in "$build"/*.ko; do echo "--file $ko:/kspan/$(basename "$ko")"; done
}

main "$@"; exit
