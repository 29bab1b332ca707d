#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# debugfs: modes and form of every file, sums, and agreement with what a client did.

. "$(dirname "$0")/lib.sh"

readonly STAT_NAMES="live_objects allocs frees held_bytes peak_held_bytes metadata_bytes
	reserve_bytes reserve_wanted_bytes cached_objects cache_budget_bytes large_objects large_bytes spans arenas arena_bytes
	segments segments_created segments_returned alloc_failures bad_frees bad_pointers bad_copies
	bad_accesses samples samples_lost worker_runs"
readonly CLASS_HEADER="class size spans in_use free allocs frees refills waste"

mode_of()
{
	stat -c %a "$KSPAN_DEBUGFS/$1"
}

modes()
{
	for file in format stats size_classes mcaches clients heaps/default/stats; do
		equal "$file has mode 444" "$(mode_of $file)" 444
	done
	for file in arenas segments map profile profile_total profile_pprof heaps/default/leaks; do	# they tell addresses
		equal "$file has mode 400" "$(mode_of $file)" 400
	done
	equal "trim has mode 200" "$(mode_of trim)" 200
}

# Every line is a name and a number, every promised name is there once.
stats_form()
{
	! grep -vE '^[a-z_]+ [0-9]+$' $KSPAN_DEBUGFS/stats || return
	for name in $STAT_NAMES; do
		[ "$(grep -c "^$name " $KSPAN_DEBUGFS/stats)" -eq 1 ] || {
			echo "stats: $name"
			return 1
		}
	done
}

# The header, 67 classes in order, tiny, large, Total; nothing but numbers behind the name.
classes_form()
{
	awk -v header="$CLASS_HEADER" '
		function bad(why) { print "line " NR ": " why; wrong = 1 }
		NR == 1 { $1 = $1; if ($0 != header) bad("header"); next }
		NR <= 68 && $1 != NR - 1 { bad("not class " NR - 1) }
		NR == 69 && $1 != "tiny" || NR == 70 && $1 != "large" || NR == 71 && $1 != "Total" {
			bad("is " $1)
		}
		NF != 9 { bad(NF " fields") }
		{ for (i = 2; i <= NF; i++) if ($i !~ /^[0-9]+$/) bad($i " is no number") }
		END { exit wrong || NR != 71 }' $KSPAN_DEBUGFS/size_classes
}

# The sizes are those of the table that the allocator was made from.
classes_sizes()
{
	csv=$SELFTESTS/data/size_classes.csv
	awk -F '[ ,]+' 'NR == FNR { if ($1 ~ /^[0-9]+$/ && $1 > 0) size[$1] = $2; next }
		$1 in size && size[$1] != $2 { print "class " $1 ": " $2; wrong = 1 }
		END { exit wrong }' "$csv" $KSPAN_DEBUGFS/size_classes
}

columns_sum()
{
	awk 'NR == 1 { n = NF; next }
		$1 != "Total" { for (i = 3; i <= n; i++) sum[i] += $i; next }
		{ for (i = 3; i <= n; i++) if ($i != sum[i]) {
			printf "column %d: rows %d, Total %d\n", i, sum[i], $i; wrong = 1 } }
		END { exit wrong }' $KSPAN_DEBUGFS/size_classes
}

# In no class more was freed than allocated, and what was not freed is in use.
rows_agree()
{
	awk 'NR > 1 && $6 - $7 != $4 { print; wrong = 1 } END { exit wrong }' \
		$KSPAN_DEBUGFS/size_classes
}

totals_agree()
{
	equal "Total in_use is live_objects" "$(column_of Total in_use)" "$(value_of live_objects)"
	equal "Total allocs is allocs" "$(column_of Total allocs)" "$(value_of allocs)"
	equal "Total frees is frees" "$(column_of Total frees)" "$(value_of frees)"
	equal "a row an arena" "$(($(wc -l <$KSPAN_DEBUGFS/arenas) - 1))" "$(value_of arenas)"
	equal "a row a segment" "$(($(wc -l <$KSPAN_DEBUGFS/segments) - 1))" "$(value_of segments)"
	equal "each page of a row is free, a hole or in use" "$(awk 'NR > 1 && $7 + $8 > $6' $KSPAN_DEBUGFS/arenas)" ""
	equal "each row names its backing" "$(awk 'NR > 1 { print $NF }' $KSPAN_DEBUGFS/arenas | sort -u)" vmalloc
	equal "the arenas have all of them" "$(awk 'NR > 1 { n += $3 } END { print n }' $KSPAN_DEBUGFS/arenas)" "$(value_of segments)"
}

# A row of each segment, and behind it its pages in order, each once, with at most as many objects taken as there are.
map_form()
{
	awk 'NR == 1 { $1 = $1; if ($0 != "segment page pages use bytes objects taken heap") { print; bad = 1 } next }
		$4 == "segment" { if (n != pages) { print "ends at " n; bad = 1 } pages = $3; n = 0; next }
		$4 !~ /^(span|region|free|hole|reserve)$/ || $2 != n || $7 > $6 { print; bad = 1 }
		{ n += $3 }
		END { exit bad || n != pages }' $KSPAN_DEBUGFS/map
}

# Hashed addresses begin with zeros, and no number here is that large.
no_addresses()
{
	! grep -E '(^|[^0-9a-f])(0x)?ffff[0-9a-f]{12}' $KSPAN_DEBUGFS/stats \
		$KSPAN_DEBUGFS/size_classes $KSPAN_DEBUGFS/mcaches $KSPAN_DEBUGFS/arenas $KSPAN_DEBUGFS/segments $KSPAN_DEBUGFS/map
}

whole()
{
	check "stats has its form, $1" stats_form
	check "size_classes has its form, $1" classes_form
	check "columns add up to the Total row, $1" columns_sum
	check "rows agree in themselves, $1" rows_agree
	check "no address is told, $1" no_addresses
	check "map has its form, $1" map_form
	totals_agree
}

# holds SIZE COUNT ROW: what a client allocates is seen, in the row of its class and in the totals
holds()
{
	in_use=$(column_of "$3" in_use)
	allocs=$(column_of "$3" allocs)
	live=$(value_of live_objects)
	check "allocate $2 of $1 bytes" misuse hold "$1" "$2"
	equal "row $3: $2 more in use" "$(column_of "$3" in_use)" $((in_use + $2))
	equal "row $3: $2 more allocations" "$(column_of "$3" allocs)" $((allocs + $2))
	equal "$2 more live objects" "$(value_of live_objects)" $((live + $2))
}

frees()
{
	check "free all" misuse release
	for row in "$@"; do
		equal "row $row: nothing in use" "$(column_of "$row" in_use)" 0
		equal "row $row: all freed" "$(column_of "$row" frees)" "$(column_of "$row" allocs)"
	done
	balanced
}

# What the figures of memory have to do with each other.
bytes_agree()
{
	read_stats
	at_least "held bytes hold 3 MB of large objects" "$stat_held_bytes" $((3 << 20))
	at_least "large_bytes too" "$stat_large_bytes" $((3 << 20))
	equal "3 large objects" "$stat_large_objects" 3
	at_least "the peak is not below" "$stat_peak_held_bytes" "$stat_held_bytes"
	at_least "arenas hold all that is held" "$stat_arena_bytes" "$stat_held_bytes"
	at_least "metadata is counted" "$stat_metadata_bytes" 1
	equal "segments created less returned" $((stat_segments_created - stat_segments_returned)) "$stat_segments"
}

# Idle caches are drained after a second or two, which a busy machine may let pass before it reads the file.
some_mcaches()
{
	misuse sane && [ "$(wc -l <$KSPAN_DEBUGFS/mcaches)" -gt 1 ]
}

# Rows of CPUs and classes that are.
mcaches_form()
{
	awk 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["class"] < 1 || $at["class"] > 75 || $at["cpu"] !~ /^[0-9]+$/ {
			print; wrong = 1
		}
		END { exit wrong }' $KSPAN_DEBUGFS/mcaches
}

trims()
{
	check "trim takes 0 for nothing" sh -c "echo 0 >$KSPAN_DEBUGFS/trim"
	check "trim refuses nonsense" sh -c "! echo maybe 2>/dev/null >$KSPAN_DEBUGFS/trim"
	check "trim" wait_for 60 trim_all
	read_stats
	equal "nothing is cached after trim" "$stat_cached_objects" 0
	equal "and no CPU's budget is used" "$stat_cache_budget_bytes" 0
	at_least "no segment is left but the reserve's" "$(segments_of_reserve)" "$stat_segments"
	equal "nothing is held after trim" "$stat_held_bytes" 0
}

begin
must "load kspan" load kspan arena_decay_ms=600000 tiny=1
modes
whole "before the first allocation"
check "size_classes has the table's sizes" classes_sizes
must "load kspan_misuse" load kspan_misuse
holds 64 1000 "$(row_of 64)"
holds 100 77 "$(row_of 112)"
holds 32768 20 "$(row_of 32768)"
holds 6 500 tiny
holds $((1 << 20)) 3 large
whole "with live objects"
bytes_agree
equal "the map has 3 large objects" "$(grep -c ' span *1048576 *1 *1 default$' $KSPAN_DEBUGFS/map)" 3
equal "and a row a segment" "$(grep -c ' segment ' $KSPAN_DEBUGFS/map)" "$(value_of segments)"
equal "the format is 1" "$(cat $KSPAN_DEBUGFS/format)" 1
check "some work, seen in mcaches" wait_for 60 some_mcaches
check "mcaches has its form" mcaches_form
frees "$(row_of 64)" "$(row_of 112)" "$(row_of 32768)" tiny large
whole "after all is freed"
trims
whole "after trim"
check "it goes on after trim" misuse sane
check "unload kspan_misuse" unload kspan_misuse
finish
