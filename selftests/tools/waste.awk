# SPDX-License-Identifier: GPL-2.0
# waste.awk: what rounding up to object sizes costs, at the moment when most bytes of a recording are live.
#
#   awk -f waste.awk size_classes.csv RECORDING RECORDING
#
# The recording is read twice: to find the moment, and to look at it. Only objects are counted: neither allocator's
# free objects nor its metadata.

function kspan_bytes(size,    i)
{
	if (size in of_kspan)
		return of_kspan[size]
	for (i = 1; i <= nr_classes && class[i] < size; i++)
		;
	return of_kspan[size] = i <= nr_classes ? class[i] : int((size + 8191) / 8192) * 8192
}

function kmalloc_bytes(size,    b)
{
	if (size in of_kmalloc)
		return of_kmalloc[size]
	for (b = 8; b < size; b *= 2)
		;
	if (size > 64 && size <= 96)
		b = 96
	if (size > 128 && size <= 192)
		b = 192
	return of_kmalloc[size] = b
}

BEGIN { FS = "[ ,]" }

FNR == 1 { file++ }

file == 1 && $1 ~ /^[0-9]+$/ && $1 > 0 { class[++nr_classes] = $2 + 0 }

file == 2 && $1 == "a" {
	size[$2] = $3
	live += $3
	if (live > most) {
		most = live
		moment = FNR
	}
}

file == 2 && $1 == "f" { live -= size[$2] }

file == 3 && FNR > moment { exit }

file == 3 && $1 == "a" {
	row = kspan_bytes($3)
	nr[row]++
	asked[row] += $3
	kmalloc[row] += kmalloc_bytes($3)
	rows[$2] = row
}

file == 3 && $1 == "f" {
	row = rows[$2]
	nr[row]--
	asked[row] -= size[$2]
	kmalloc[row] -= kmalloc_bytes(size[$2] + 0)
}

function print_row(name, nr, asked, kspan, kmalloc)
{
	printf "%10s %9d %12.0f %12.0f %5.1f %12.0f %5.1f\n", name, nr, asked, kspan - asked,
		asked ? (kspan - asked) * 100 / asked : 0, kmalloc - asked, asked ? (kmalloc - asked) * 100 / asked : 0
}

END {
	if (!most)
		exit 1
	printf "%10s %9s %12s %12s %5s %12s %5s\n", "size up to", "objects", "asked for", "kspan waste", "%", "kmalloc waste", "%"
	for (n = 0; n < 12; n++) {
		best = ""
		for (row in asked)
			if (!(row in shown) && nr[row] && (best == "" || asked[row] > asked[best]))
				best = row
		if (best == "")
			break
		shown[best]
		print_row(best, nr[best], asked[best], nr[best] * best, kmalloc[best])
	}
	for (row in asked) {
		all_nr += nr[row]
		all += asked[row]
		all_kspan += nr[row] * row
		all_kmalloc += kmalloc[row]
		if (!(row in shown)) {
			r_nr += nr[row]
			r += asked[row]
			r_kspan += nr[row] * row
			r_kmalloc += kmalloc[row]
		}
	}
	if (r_nr)
		print_row("others", r_nr, r, r_kspan, r_kmalloc)
	print_row("Total", all_nr, all, all_kspan, all_kmalloc)
}
