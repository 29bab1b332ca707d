# SPDX-License-Identifier: GPL-2.0
# Turns a deb822 .sources file into one-line entries, one for each URI and suite; see apt.sh.

function flush_stanza(    u, s, i, j, options)
{
	if (types ~ /(^| )deb( |$)/ && tolower(enabled) != "no") {
		options = signed ? "[signed-by=" signed "] " : ""
		u = split(uris, uri, " ")
		s = split(suites, suite, " ")
		for (i = 1; i <= u; i++)
			for (j = 1; j <= s; j++)
				print "deb " options uri[i] " " suite[j] " " components
	}
	types = uris = suites = components = signed = enabled = ""
}

/^#/ { next }
/^[[:space:]]*$/ { flush_stanza(); next }
{
	value = $0
	sub(/^[^:]*:[ \t]*/, "", value)
}
/^Types:/ { types = value }
/^URIs:/ { uris = value }
/^Suites:/ { suites = value }
/^Components:/ { components = value }
/^Enabled:/ { enabled = value }
/^Signed-By:[ \t]*\// { signed = value }
END { flush_stanza() }
