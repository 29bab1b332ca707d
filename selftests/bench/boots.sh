# SPDX-License-Identifier: GPL-2.0
# Sourced by what counts instructions in two boots of the stock kernel.
# shellcheck shell=bash

# command_line BOOT: the kernel's. Addresses at random would make vmalloc's tree, and so its cost, another one in each run.
command_line()
{
	case $1 in
	bare) echo 'init_on_alloc=0 mitigations=off nokaslr' ;;
	debian) echo nokaslr ;;
	esac
}
