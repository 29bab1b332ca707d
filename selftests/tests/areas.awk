# SPDX-License-Identifier: GPL-2.0
# Counts vmalloc areas of min to max bytes, the guard page included; or, with orphans=1, those whose owner has no
# name any more, as it was in a module that is gone.
#
# /proc/vmallocinfo is given out a page at a time, and the place to go on from is found by counting areas: if one before
# it went meanwhile, another is left out; if one came, another is listed twice. The stack of each process is such an
# area. So two readings in a row must agree. Freed areas are listed until they are purged, and do not count.

function wanted()
{
	return !/unpurged/ && (orphans ? $3 ~ /^0x/ : $2 >= min && $2 <= max)
}

function listed(    n, got)
{
	while ((got = (getline <file)) > 0)
		n += wanted()
	if (got < 0) {
		print file " cannot be read" >"/dev/stderr"
		exit 1
	}
	close(file)
	return n + 0
}

BEGIN {
	file = "/proc/vmallocinfo"
	n = -1
	while ((again = listed()) != n)
		n = again
	print n
}
