# SPDX-License-Identifier: GPL-2.0-only
# Each figure's ratio, ours by mainline's, on a logarithmic scale: results.svg.
# folder is set by the caller.
set terminal svg size 1000,1200 font "sans,11" background "white"
set output folder."/results.svg"
set title "ours by mainline's: left of 1 is less (better for times, worse for rates)"
set logscale x 10
set grid x
set yrange [*:*] reverse
set offsets 0, 0, 0.7, 0.7
set key off
set arrow from 1, graph 0 to 1, graph 1 nohead lw 2 lc rgb "#888888"
set lmargin 32
plot folder."/plot.dat" using 2:0:ytic(1) with points pt 7 ps 0.9 lc rgb "#20639b"
