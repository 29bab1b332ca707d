# SPDX-License-Identifier: GPL-2.0
# gnuplot -e "data='DIR'; output='FILE.svg'" plot.gp: draws what plotdata.py wrote: lines by size, bars by pattern.
# Of a run with one method only that method's panels are drawn.

exact = int(system("test -e ".data."/exact-pair && echo 1 || echo 0"))
native = int(system("test -e ".data."/native-sizes && echo 1 || echo 0"))
rows = (exact ? 2 : 0) + (native ? 1 : 0)

set terminal svg size 1200, 420 * rows font "sans-serif,13" background "#ffffff" dynamic
set output output
set multiplot layout rows, 2 margins 0.07, 0.985, 0.06, 0.965 spacing 0.075, 0.075 + 0.02 * (3 - rows)

# one colour for each allocator, kspan's the strongest
set linetype 1 lc rgb "#c1121f" lw 2.5 pt 7 ps 0.5
set linetype 2 lc rgb "#1d4e89" lw 1.5 pt 7 ps 0.4
set linetype 3 lc rgb "#4c956c" lw 1.5 pt 7 ps 0.4
set linetype 4 lc rgb "#8d7bb8" lw 1.5 pt 7 ps 0.4
set linetype 5 lc rgb "#8a8a8a" lw 1.5 pt 7 ps 0.4
set linetype 6 lc rgb "#e09f3e" lw 1.5 pt 7 ps 0.4

names = "kspan kmalloc kmem_cache kvmalloc vmalloc gen_pool"

set datafile missing "?"
set border 3 lc rgb "#666666"
set tics nomirror textcolor rgb "#333333"
set grid ytics lc rgb "#dddddd" lw 0.5
set title font ",15" offset 0, -0.4
set key top left maxrows 3 samplen 1.5 font ",12" opaque noenhanced

by_size = "set logscale xy 2; set logscale y 10; set xrange [7:37000]; ".\
	"set xtics ('8 B' 8, '64 B' 64, '512 B' 512, '4 KB' 4096, '32 KB' 32768)"
bars = "unset logscale; set style data histograms; set style histogram clustered gap 1; ".\
	"set style fill solid 0.9 noborder; set xtics autofreq; set xrange "

if (exact) {
	@by_size
	set yrange [40:100000]
	set title "Allocate and free: instructions, by size"
	plot for [a=1:6] data."/exact-pair" using 1:(column(a + 1)) with linespoints lt a title word(names, a)
	set title "1,024 live objects, then all freed: instructions a pair"
	plot for [a=1:6] data."/exact-batch" using 1:(column(a + 1)) with linespoints lt a title word(names, a)

	@bars [-0.6:7.6]
	set yrange [0:800]
	set xtics rotate by 0 font ",11"
	set title "Other patterns: instructions a pair (vmalloc takes thousands)"
	plot for [a in "1 2 3 4 6"] data."/exact-mixed" using (column(a + 1)):xtic(1) lt int(a) title word(names, int(a))
	set xrange [-0.6:2.6]
	set logscale y 10
	set yrange [20:2000000]
	set title "Large objects: instructions a pair"
	plot for [a in "1 2 4 5"] data."/exact-large" using (column(a + 1)):xtic(1) lt int(a) title word(names, int(a))
}

if (native) {
	@by_size
	set yrange [3:3000]
	set title "At the processor's speed: ns a pair, 10th to 90th percentile"
	plot data."/native-sizes" using 1:2:3:4 with yerrorlines lt 1 title "kspan, pair", \
		"" using 1:5:6:7 with yerrorlines lt 2 title "kmalloc, pair", \
		"" using 1:8:9:10 with yerrorlines lt 1 dt 3 title "kspan, batch of 1,024", \
		"" using 1:11:12:13 with yerrorlines lt 2 dt 3 title "kmalloc, batch of 1,024"

	unset logscale
	set xrange [-0.6:7.6]
	set yrange [0:*]
	set xtics rotate by 0 font ",11"
	set boxwidth 0.6
	set style fill solid 0.9 noborder
	set title "kmalloc's time over kspan's, 64 B"
	set key off
	plot data."/native-ratios" using 0:2:xtic(1) with boxes lt 1, \
		"" using 0:2:3:4 with yerrorbars lc rgb "#333333" lw 1 pt 7 ps 0, \
		1 with lines lc rgb "#333333" dt 2 lw 1
}
unset multiplot
