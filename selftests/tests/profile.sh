#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The allocation profile: what call sites hold and have allocated is estimated well, what is freed is taken off, the
# files have their form, and it comes and goes while kspan is used from all contexts.

. "$(dirname "$0")/lib.sh"

readonly BYTES=/sys/module/kspan/parameters/profile_bytes
readonly FOLDED=$KSPAN_DEBUGFS/profile TOTAL=$KSPAN_DEBUGFS/profile_total PPROF=$KSPAN_DEBUGFS/profile_pprof

# The worker obeys a moment later: it is on when a sample is taken, and off when none is.
switch_on()
{
	write_to "$1" $BYTES && wait_for 30 takes_samples
}

takes_samples()
{
	was=$(total '.')
	misuse hold 4096 100 && misuse release && [ "$(total '.')" -gt "$was" ]
}

switch_off()
{
	write_to 0 $BYTES && wait_for 30 takes_none
}

takes_none()
{
	was=$(total '.')
	misuse hold 4096 2000 && misuse release && [ "$(total '.')" -eq "$was" ]
}

# sum REGEX FILE: of the stacks that match
sum()
{
	awk -v regex="$1" '$0 ~ regex { sum += $NF } END { printf "%.0f\n", sum }' "$2"
}

live() { sum "$1" $FOLDED; }
total() { sum "$1" $TOTAL; }

# near DESCRIPTION IS SHOULD-BE: within a fifth
near()
{
	echo "# $1: $2, in truth $3"
	check "$1" test $(($2 * 5)) -ge $(($3 * 4)) -a $(($2 * 5)) -le $(($3 * 6))
}

# On a kernel that cannot unwind its stack all samples are of one stack.
site()
{
	if [ -n "$blind" ]; then echo .; else echo "$1"; fi
}

estimates()
{
	must "hold 30000 objects of 100 bytes" misuse hold 100 30000
	near "a site's bytes" "$(live "$(site 'hold_run .kspan_misuse')")" $((30000 * 112))
	must "open a heap" misuse heap_open
	must "fill it with 3000 of 1000 bytes" misuse heap_fill 1000 3000
	[ -n "$blind" ] || near "another site's" "$(live 'heap_fill_run .kspan_misuse')" $((3000 * 1024))
	near "all bytes" "$(live .)" $((30000 * 112 + 3000 * 1024))
	at_least "there are samples" "$(value_of samples)" 1000
	equal "none was lost" "$(value_of samples_lost)" 0
	sed 's/^/# /' $FOLDED | head -n 3 | cut -c 1-250
	check "the folded form" folded_form
	check "pprof's form" pprof_form
	head -n 2 $PPROF | sed 's/^/# /' | cut -c 1-250
	was=$(total "$(site hold_run)")
	check "free the first" misuse release
	[ -n "$blind" ] || equal "nothing of it is live" "$(live hold_run)" 0
	equal "but what was allocated stays" "$(total "$(site hold_run)")" "$was"
	check "empty the heap at once" misuse heap_reset
	equal "nothing is live" "$(live .)" 0
	equal "no sample is left" "$(value_of samples)" 0
	check "close it" misuse heap_close
}

# A semicolon between functions, which have no addresses; a number of bytes at the end.
folded_form()
{
	! grep -vE '^(\.\.\.;)?[A-Za-z_][A-Za-z0-9_.]*( \[[a-z0-9_]+\])?(;([A-Za-z_][A-Za-z0-9_.]*( \[[a-z0-9_]+\])?|\(module gone\)))* [1-9][0-9]*$' $FOLDED
}

# The header has the sums, but for fractions of objects, and tells pprof that nothing is to be scaled.
pprof_form()
{
	awk 'function number(text) { gsub(/[^0-9]/, "", text); return text + 0 }
		NR == 1 {
			if ($0 !~ /^heap profile: +[0-9]+: +[0-9]+ \[ *[0-9]+: +[0-9]+\] @ heap_v2\/1$/) bad = 1
			sub(/^heap profile:/, ""); sub(/\[/, " [ "); live = $1 + 0; bytes = $2 + 0; all = number($4); allbytes = number($5)
			next
		}
		$0 !~ /^ *[0-9]+: +[0-9]+ \[ *[0-9]+: +[0-9]+\] @( 0x[0-9a-f]+)+$/ { print; bad = 1 }
		{ sub(/\[/, " [ "); l += $1; b += $2; a += number($4); ab += number($5) }
		END { if (l != live || b != bytes || a != all || ab != allbytes) { print "sums"; bad = 1 } exit bad || NR < 2 }' $PPROF
}

form_when_off()
{
	equal "the profile is empty" "$(cat $FOLDED $TOTAL)" ""
	equal "pprof's header alone" "$(cat $PPROF)" "heap profile:      0:        0 [     0:        0] @ heap_v2/1"
	for file in profile profile_total profile_pprof; do	# they tell what the kernel runs, and addresses
		equal "$file has mode 400" "$(stat -c %a "$KSPAN_DEBUGFS/$file")" 400
	done
}

# While it is off, what was sampled is still taken off when it is freed.
goes()
{
	must "hold 30000 objects" misuse hold 100 30000
	must "hold 20 large ones" misuse hold 1000000 20
	at_least "they are live" "$(live .)" $((20 * 1000000))
	was=$(total .)
	write_to 0 $BYTES
	sleep 1
	misuse release
	equal "nothing is live" "$(live .)" 0
	check "no more samples" switch_off
}

in_turn()
{
	while ! torture_ended; do
		for bytes in 4096 0 1 524288 0; do
			write_to $bytes $BYTES && sleep 0.2 || return
		done
	done
}

# Samples of objects in NMI, interrupts, bulk, pools; frees anywhere.
under_torture()
{
	must "start the torture" torture_start seconds="${SECONDS_PROFILE:-8}"
	if [ -n "${KSPAN_VM:-}" ]; then
		# To change code on an emulated processor takes long, and may hang.
		check "switch it on" write_to 1024 $BYTES
	else
		check "switch it on, off and to another number, in turn" in_turn
	fi
	check "the torture ends" wait_for 300 torture_ended
	torture_result
	switch_off
	equal "no bad free" "$(value_of bad_frees)" 0
	at_least "much was sampled" "$(total .)" 1000000
	equal "no sample is left" "$(value_of samples)" 0
	balanced
}

# Other code may get the addresses of a module that goes.
goes_with_its_module()
{
	unload kspan_misuse
	equal "no stack names a module that went" "$(total 'kspan_misuse')" 0
	[ -n "$blind" ] || at_least "what it allocated stays" "$(total '.module gone.')" 1000000
}

begin
must "load kspan" load kspan
must "load kspan_misuse" load kspan_misuse
form_when_off
for bad in x -1 1073741825; do
	check "profile_bytes=$bad is refused" refused write_to $bad $BYTES
done
must "switch it on" switch_on 2048
blind=""
grep -q 'hold_run .kspan_misuse' $TOTAL || blind=yes
if [ -n "$blind" ] && ! may_lack_callers; then
	fail "stacks are known" "no sample names the client"
fi
estimates
goes
must "switch it on again" switch_on 524288
check "use it" misuse sane
under_torture
goes_with_its_module
check "unload kspan" unload kspan
must "load it switched on" load kspan profile_bytes=4096
must "load kspan_misuse" load kspan_misuse
check "it takes samples" wait_for 30 takes_samples
unload kspan_misuse
check "unload kspan" unload kspan
finish
