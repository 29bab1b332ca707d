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

# count_in_boots WORD...: runs bench/guest.sh with these words in a guest for each of boots; $work/BOOT has what it
# counted, and so has the directory $lines, if there is one. Ends the script if a guest fails.
count_in_boots()
{
	local boot status

	for boot in "${boots[@]}"; do
		"$vm_dir/run.sh" --icount --mem 1024 --timeout 3000 --append "$(command_line "$boot")" \
			--get "/tmp/bench/lines:$work/$boot" "${options[@]}" stock bench/guest.sh "$@" >"$work/output" ||
			{ status=$?; cat "$work/output" >&2; exit "$status"; }
		[ -z "${lines:-}" ] || cp "$work/$boot" "$lines/"
		options=(--no-build)
	done
}
