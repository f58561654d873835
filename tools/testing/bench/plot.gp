# SPDX-License-Identifier: GPL-2.0-only
# results.svg: how many times as good as mainline's each figure of ours is, times and rates
# alike: right of the line is better. A row has mainline's rounds in grey, ours with its
# median, and its goal; what missed its goal is red. Logarithmic.
# folder and rows are set by the caller. Columns of plot.dat: name, ours, its least and
# most, mainline's least and most, goal, 1 if it was missed.
set terminal svg size 1100,130+22*rows font "sans,11" background "white"
set output folder."/results.svg"
set title "times as good as mainline: left is worse, right is better"
set logscale x 10
set grid x
set format x "%g"
set yrange [rows-0.3:-0.7]
set key outside bottom center horizontal
set arrow from 1, graph 0 to 1, graph 1 nohead lw 2 lc rgb "#888888"
set lmargin 34
data = folder."/plot.dat"
bar = 0.32
plot data using 2:0:ytic(1) with points pt -1 notitle, \
     data using 5:0:5:6:($0-bar):($0+bar) with boxxyerror fs solid noborder lc rgb "#dddddd" title "mainline's rounds", \
     data using 2:($8 == 0 ? $0 : NaN):3:4 with xerrorbars pt 7 ps 0.8 lc rgb "#20639b" title "ours: median, rounds", \
     data using 2:($8 == 1 ? $0 : NaN):3:4 with xerrorbars pt 7 ps 0.8 lc rgb "#c0392b" title "ours, goal missed", \
     data using 7:0:(0):(bar) with vectors nohead lw 2 lc rgb "#2e7d32" notitle, \
     data using 7:0:(0):(-bar) with vectors nohead lw 2 lc rgb "#2e7d32" title "goal"
