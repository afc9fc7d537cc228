# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""A picture of what punting costs, drawn by gnuplot."""

import statistics
import subprocess

from bench.lab import LabError
from bench.report import kept, select

SCRIPT = """
set terminal svg size 900,420 background rgb "white"
set output '%(path)s'
set multiplot layout 1,2
set style data histograms
set style histogram clustered
set style fill solid 0.8 border -1
set yrange [0:*]
set grid ytics
set key below
set xlabel 'punted, %%'
set title 'Fast path kept'
plot for [i=2:%(columns)d] '%(data)s' index 0 using i:xtic(1) title columnheader(i)
set title 'Delivered to the kernel, kpps'
plot for [i=2:%(columns)d] '%(data)s' index 1 using i:xtic(1) title columnheader(i)
"""


def draw(path, directory, results, shares):
    """Draw 'results' about the fast path as an SVG file at 'path'.

    'directory' is for what gnuplot reads.
    """
    names = list(dict.fromkeys(r["port"] for r in results
                               if r["port"] != "none"))
    data = directory + "/picture.dat"
    with open(data, "w", encoding="utf-8") as f:
        for value in (lambda n, s: statistics.median(kept(results, n, s)),
                      lambda n, s: statistics.median(
                          select(results, n, "kernel_pps", s)) / 1000):
            f.write("punted %s\n" % " ".join('"%s"' % n for n in names))
            for share in shares:
                if share:
                    f.write("%g %s\n" % (share, " ".join(
                        "%.4f" % value(n, share) for n in names)))
            f.write("\n\n")
    script = SCRIPT % {"path": path.replace("'", "''"), "data": data,
                       "columns": len(names) + 1}
    try:
        done = subprocess.run(["gnuplot", "-"], input=script, text=True,
                              capture_output=True, check=False)
    except OSError as e:
        raise LabError("gnuplot cannot be run: install gnuplot-nox") from e
    if done.returncode:
        raise LabError("gnuplot failed: %s" % done.stderr.strip())
