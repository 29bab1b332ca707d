# SPDX-License-Identifier: GPL-2.0
# leaks.awk: what was allocated from kspan and not freed, by stack, from the text of perf or trace-cmd:
#
#	perf record -a -g -e kspan:alloc,kspan:free -- COMMAND
#	perf script -F trace:event,trace,sym,ip | awk -f leaks.awk
#
#	trace-cmd record -e kspan:alloc -e kspan:free COMMAND
#	trace-cmd report | awk -f leaks.awk		by caller, where the events have no stack

function field(name,    i, v)
{
	for (i = 1; i <= NF; i++)
		if (index($i, name "=") == 1) {
			v = substr($i, length(name) + 2)
			return v
		}
	return ""
}

function end_alloc(    by)
{
	if (ptr == "")
		return
	by = stack == "" ? site : stack
	of[ptr] = by
	size[ptr] = bytes
	objects[by]++
	total[by] += bytes
	ptr = ""
}

/(kspan:)?alloc: +.*ptr=/ && !/(span|large)_alloc:/ {
	end_alloc()
	ptr = field("ptr")
	bytes = field("bytes_alloc")
	site = field("call_site")
	stack = ""
	depth = 0
	next
}

/(kspan:)?free: +.*ptr=/ && !/(span|bad|segment)_free:/ {
	end_alloc()
	p = field("ptr")
	if (p in of) {
		objects[of[p]]--
		total[of[p]] -= size[p]
		delete of[p]
	}
	next
}

# A frame of perf's stack: address and symbol.
ptr != "" && /^[ \t]+[0-9a-f]+ / {
	if (++depth <= 8)
		stack = stack (stack == "" ? "" : "\n\t\t\t") $2
	next
}

/^[ \t]*$/ { end_alloc() }

END {
	end_alloc()
	printf "%12s %9s  %s\n", "bytes", "objects", "allocated by"
	for (;;) {
		best = ""
		for (by in objects)
			if (objects[by] && (best == "" || total[by] > total[best]))
				best = by
		if (best == "")
			break
		printf "%12d %9d  %s\n", total[best], objects[best], best
		delete objects[best]
	}
}
