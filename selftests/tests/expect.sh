# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For scripts that provoke a report of kspan's on purpose: source it, then
#
#	expect_report 'double free' insmod misuse.ko double=1
#
# runs the command between two marks in the kernel log. Between them scan-dmesg.sh forgives a report that names kspan
# and matches the extended regular expression, and nothing else. Status 1: no such report came.

kmsg()
{
	echo "$*" >/dev/kmsg
}

expect_begin()
{
	# user space's marks must not fall to the rate limit
	echo on >/proc/sys/kernel/printk_devkmsg 2>/dev/null
	expect_regex=$1
	kmsg "kspan-expect-begin $1"
}

# What the kernel has said since: it stands at the end of its log, which is read sooner than all of it.
expect_log()
{
	for bytes in 16384 131072 4194304; do
		dmesg -s $bytes | awk '/kspan-expect-begin / { n = 0; found = 1; next } { line[n++] = $0 }
			END { for (i = 0; found && i < n; i++) print line[i]; exit !found }' && return
	done
}

expect_end()
{
	kmsg kspan-expect-end
	expect_log | awk -v regex="$expect_regex" '/kspan/ && $0 ~ regex { seen = 1 } END { exit !seen }'
}

# Its status is 0 when the report came, whatever the command's own status is: that is left in expect_status.
expect_report()
{
	expect_begin "$1"
	shift
	expect_status=0
	"$@" || expect_status=$?
	expect_end
}
