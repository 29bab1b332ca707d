# SPDX-License-Identifier: GPL-2.0
# Reads what the kernel said while kspan_misuse ran the table of misuse, and prints a line a case: its name, a tab, and
# what came of it.
#
#   at once     it was reported by the call, or the access, that is wrong
#   late        it was reported afterwards
#   prevented   nothing was said; nothing is harmed, and nothing was told of an object
#   nothing     nothing was said, though there is harm
#   dies        the task died of it, or the machine
#
# Harm is somebody's object that was changed, memory with two owners, a read of what an object holds or held, memory
# that is not zero though it should be, a wrong number of live objects, or a request that was served and cannot be right.
# A "!" behind "at once" and "late" tells of harm all the same, a "+" behind "dies" that a report came, too.

function is_report(text)
{
	return text ~ /^kspan: / ||
		text ~ /BUG: K(ASAN|FENCE): |^BUG [^ ]+ \(|WARNING: |Trying to vfree|Bad page|usercopy: |nonexistent area/
}

function tell(verdict)
{
	if (name != "")
		print name "\t" verdict
	name = ""
}

{
	# what user space prints may stand before it on a console
	sub(/^.*\[ *[0-9]+\.[0-9]+\](\[ *[CT][0-9]+\])? /, "")
}

/^kspan_misuse: table: / {
	sub(/^kspan_misuse: table: /, "")
	if (/^case /) {
		tell("dies" (told ? "+" : ""))
		name = $0
		sub(/^case [a-z]+: /, "", name)
		told = ""
		phase = 0
	} else if (/^acts/) {
		phase = 1
	} else if (/^acted/) {
		phase = 2
	} else if (/^complete|^rests/) {
		exit
	} else if (/^no such call/) {
		tell("-")
	} else if (/^not run/) {
		tell("not run")
	} else if (/^died/) {
		tell("dies" (told ? "+" : ""))
	} else if (/^ended/) {
		harm = $0
		sub(/^ended */, "", harm)
		verdict = told ? told (harm ? "!" : "") : harm ? "nothing" : "prevented"
		tell(verdict (harm ? "\t" harm : ""))
	}
	next
}

phase && is_report($0) && !told {
	told = phase == 1 ? "at once" : "late"
}

END {
	tell("dies" (told ? "+" : ""))
}
