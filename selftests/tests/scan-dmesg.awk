# SPDX-License-Identifier: GPL-2.0
# The rules of scan-dmesg.sh. Reads the whole log first: whether a WARNING is forgiven depends on lines after it.

# What the kernel complains with. Written out, as busybox compiles an expression in a variable anew at each line.
function is_trouble(text)
{
	return text ~ /(^|[^A-Za-z0-9_])BUG([: ]|$)|WARNING:|Oops|general protection|Kernel panic|Unable to handle/ ||
		text ~ /KASAN|KCSAN|KFENCE: |UBSAN|ODEBUG|refcount_t:|list_(add|del) corruption|Bad page/ ||
		text ~ /possible (recursive|circular) locking|inconsistent lock state|Invalid wait context/ ||
		text ~ /sleeping function called|scheduling while atomic|suspicious RCU|bad unlock balance/ ||
		text ~ /held lock freed|still held|irq lock inversion|lock order|DEBUG_LOCKS_WARN_ON/ ||
		text ~ /MAX_LOCK.* too low|turning off the locking|detected stalls|self-detected|kthread starved/ ||
		text ~ /kmemleak: [1-9]|kmemleak: .*(disabled|Cannot|out of memory)|Call [Tt]race|leaked|soft lockup/ ||
		text ~ /hard LOCKUP|hung task|blocked for more than|INFO: |workqueue lockup|segfault|Fault injection lost/ ||
		text ~ /Internal error: |SError Interrupt|Bad mode in /	# of arm64
}

# What a healthy kernel says while it boots.
function is_harmless(text)
{
	return text ~ /ommand line: |Spectre|RETBleed|MDS|TAA:|MMIO Stale|SRBDS|GDS:|SRSO|ITS:|KCSAN.*selftest|kcsan:/ ||
		text ~ /kmemleak: Kernel memory leak detector (initialized|disabled)|lockdep_(init|depth)/
}

# The text behind "[    1.234567] " or, with the caller's id, behind "[    1.234567][   T12] ".
function kernel_text(line)
{
	if (!match(line, /\[ *[0-9]+\.[0-9][0-9][0-9][0-9][0-9][0-9]\](\[ *[CT][0-9]+\])? ?/))
		return ""
	return substr(line, RSTART + RLENGTH)
}

{
	text = kernel_text($0)
	if (text != "") {
		line[++n] = $0
		body[n] = text
		if (text ~ /^kspan-vm: kmemleak has nothing to tell/)
			no_leak = n
	}
}

function complain(i, why)
{
	complaints++
	bad[i] = why
}

function names_it(i)
{
	return window && body[i] ~ /kspan/ && body[i] ~ regex
}

# A WARN prints its text before or behind its WARNING line, depending on the architecture.
function warning_forgiven(i,    j)
{
	if (body[i] !~ /WARNING: .*kspan/)
		return 0
	for (j = i - 2; j <= i + 3; j++)
		if (j in body && names_it(j))
			return 1
	return 0
}

# User-mode Linux 6.1 takes its timer signal between its own marks of interrupts off and on, and then warns of itself.
function is_of_uml(i,    j)
{
	if (body[i] !~ /lockdep\.c:[0-9]+ trace_hardirqs_on|DEBUG_LOCKS_WARN_ON\(lockdep_hardirq_context\(\)\)/)
		return 0
	for (j = i; j <= i + 5; j++)
		if (j in body && body[j] ~ /^CPU: .*-uml(-gcov)? #/)
			return 1
	return 0
}

# What a scan found new may have a pointer to it at the next, or be the kernel's own; a later line tells.
function is_no_leak(i)
{
	return body[i] ~ /^kmemleak: [0-9]+ new suspected/ && i < no_leak
}

function open_window(i)
{
	if (window)
		complain(i, "a report is announced while another still is")
	window = i
	seen = 0
	regex = body[i]
	sub(/^kspan-expect-begin /, "", regex)
}

function close_window(i)
{
	if (!window)
		complain(i, "the end of an announcement that did not begin")
	else if (!seen)
		complain(window, "the announced report did not come")
	window = stack = 0
}

# A race is titled by the innermost functions. Those of the kernel's that only do what their caller tells them stand for
# the caller: no general permission covers them where that is kspan.
function is_race_of_caller(i,    j, inmost)
{
	if (body[i] !~ /KCSAN: data-race in /)
		return 0
	for (j = i + 1; j in body && body[j] !~ /^=+$/; j++) {
		if (body[j] ~ / by (task [0-9]+|interrupt) on cpu [0-9]+:/) {
			inmost = 1
		} else if (inmost && body[j] !~ /^ _*(bitmap|find|rb|llist|list|mem|str|hweight|atomic)_?[a-z]/) {
			if (body[j] ~ /\[kspan/)
				return 1
			inmost = 0
		}
	}
	return 0
}

# stack counts the lines for which a stack dump still belongs to what was forgiven.
function judge(i)
{
	if (names_it(i)) {
		seen++
		stack = 60
	} else if (allow != "" && body[i] ~ allow && !is_race_of_caller(i) || is_of_uml(i) || is_no_leak(i)) {
		stack = 60
	} else if (is_trouble(body[i]) && !is_harmless(body[i])) {
		if (body[i] ~ /WARNING: / && warning_forgiven(i))
			stack = 60
		else if (!(body[i] ~ /Call [Tt]race/ && stack))
			complain(i, "")
	}
	if (stack)
		stack--
	if (body[i] ~ /---\[ end trace/)
		stack = 0
}

# Each complaint with the lines around it; one that was printed with an earlier one is not repeated.
function show(    i, j, last, blocks)
{
	for (i = 1; i <= n; i++) {
		if (!(i in bad) || (bad[i] == "" && i <= last))
			continue
		if (++blocks > 8) {
			print "scan-dmesg: and more"
			return
		}
		print "scan-dmesg: " (bad[i] != "" ? bad[i] : "the kernel reports") ":"
		for (j = (i > 3 ? i - 3 : 1); j <= n && j <= i + 30; j++)
			print "  " line[j]
		last = j - 1
	}
}

END {
	for (i = 1; i <= n; i++) {
		if (body[i] ~ /^kspan-expect-begin /)
			open_window(i)
		else if (body[i] ~ /^kspan-expect-end/)
			close_window(i)
		else
			judge(i)
	}
	if (window)
		complain(window, "an announcement without an end")
	if (!n)
		print "scan-dmesg: no kernel line in the log"
	show()
	exit complaints > 0 || !n
}
