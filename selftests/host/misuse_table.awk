# SPDX-License-Identifier: GPL-2.0
# For misuse_table.sh: prints the columns that tests/misuse_table.awk made, one a file, named as columns says, beside
# each other; then the sums of each; then a table for a README: how many cases of a kind are silent, and how many kill.

function kind(name)
{
	if (name ~ /^double free|^free, then|^free while/)
		return "double frees"
	if (name ~ /^free of|^free inside|^sized|stack|^realloc inside/)
		return "frees of foreign pointers, inside objects, with a wrong size"
	if (name ~ /heap|pool|region|release|reset/)
		return "heaps, pools and regions, and their objects when they are gone"
	if (name ~ /^write .*(past|before)/)
		return "writes past the end, and before"
	if (name ~ /^read (past|before)/)
		return "reads past the end, and before"
	if (name ~ /^write after/)
		return "writes after free"
	if (name ~ /^read/)
		return "reads after free, and of unwritten memory"
	return "calls with wrong arguments, in wrong contexts, of freed objects"
}

BEGIN {
	n = split(columns, column, " ")
	nr_words = split("at once|late|prevented|nothing|dies|not run|-", word, "|")
	FS = "\t"
}

FNR == 1 {
	at++
}

!($1 in seen) {
	seen[$1] = 1
	name[++cases] = $1
	k = kind($1)
	if (!of_kind[k]++)
		kinds[++nr_kinds] = k
}

{
	cell[$1, at] = $2
	sub(/[!+]$/, "", $2)
	sum[$2, at]++
	k = kind($1)
	silent[k, at] += $2 == "nothing"
	dead[k, at] += $2 == "dies"
	ran[k, at] += $2 != "-" && $2 != "not run"
}

END {
	printf "%-38s", "case"
	for (i = 1; i <= n; i++)
		printf " %-9s", column[i]
	printf "\n"
	for (j = 1; j <= cases; j++) {
		printf "%-38s", name[j]
		for (i = 1; i <= n; i++)
			printf " %-9s", cell[name[j], i]
		printf "\n"
	}
	for (j = 1; j <= nr_words; j++) {
		printf "%-38s", (word[j] == "-" ? "no such call" : word[j]) ", of " cases
		for (i = 1; i <= n; i++)
			printf " %-9d", sum[word[j], i]
		printf "\n"
	}
	print "\nSilent, and + deadly, of how many were run, by kind:"
	printf "| |"
	for (i = 1; i <= n; i++)
		printf " %s |", column[i]
	printf "\n|---|"
	for (i = 1; i <= n; i++)
		printf "---|"
	for (j = 1; j <= nr_kinds; j++) {
		printf "\n| %s |", kinds[j]
		for (i = 1; i <= n; i++) {
			k = kinds[j]
			if (ran[k, i])
				printf " %d%s of %d |", silent[k, i], dead[k, i] ? " + " dead[k, i] : "", ran[k, i]
			else
				printf " - |"
		}
	}
	printf "\n"
}
