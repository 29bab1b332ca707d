# SPDX-License-Identifier: GPL-2.0
"""Writes the data files that plot.gp draws: whitespace-separated columns, a missing value is "?"."""

import os

ALLOCS = ("kspan", "kmalloc", "cache", "kvmalloc", "vmalloc", "genpool", "heap", "pool", "region")
STD = (8, 16, 24, 32, 64, 96, 128, 200, 256, 512, 720, 1024, 2048, 3000, 4096, 8192, 16384, 32768)
LARGE = ((64 << 10, "64 KB"), (1 << 20, "1 MB"), (4 << 20, "4 MB"))


def figure(run, kind="bench", column="value", **wanted):
    rows = run.select(kind, **wanted)
    return str(rows[0][column]) if rows else "?"


def lines(path, rows):
    with open(path, "w", encoding="ascii") as out:
        for row in rows:
            out.write(" ".join(row) + "\n")


def by_size(run, pattern, live):
    """A line a size, a column an allocator."""
    for size in STD:
        cells = [figure(run, pattern=pattern, alloc=a, size=size, threads=1, live=live) for a in ALLOCS]
        if set(cells) != {"?"}:
            yield [str(size)] + cells


def mixed(run):
    """The patterns that are one figure each."""
    wanted = (("zeroed\\n64 B", "zero", 64, 1), ("zeroed\\n1 KB", "zero", 1024, 1),
              ("bulk 16\\n64 B", "bulk16", 64, 16), ("bulk 64\\n64 B", "bulk64", 64, 64),
              ("strings\\n< 16 B", "tiny", 15, 1024), ("churn\\n64 B", "churn", 64, 1000),
              ("churn\\n1 KB", "churn", 1024, 1000), ("churn\\nmixed", "churn_mix", 4096, 1000))
    for text, pattern, size, live in wanted:
        yield [f'"{text}"'] + [figure(run, pattern=pattern, alloc=a, size=size, live=live, threads=1) for a in ALLOCS]


def large(run):
    for size, text in LARGE:
        yield [f'"{text}"'] + [figure(run, pattern="pair", alloc=a, size=size, threads=1) for a in ALLOCS]


def native_sizes(run):
    """size, then value and the spread of kspan and kmalloc: pair, then batch."""
    for size in STD:
        cells = []
        for pattern in ("pair", "batch"):
            for alloc in ("kspan", "kmalloc"):
                cells += [figure(run, column=c, pattern=pattern, alloc=alloc, size=size, threads=1)
                          for c in ("value", "p10", "p90")]
        if set(cells) != {"?"}:
            yield [str(size)] + cells


def ratios(run):
    """What kmalloc costs over what kspan costs: text, median, 10th and 90th percentile of the rounds, at 64 B."""
    wanted = (("pair\\n1 CPU", "pair", 1), ("pair\\n2 CPUs", "pair", 2), ("batch\\n1 CPU", "batch", 1),
              ("batch\\n2 CPUs", "batch", 2), ("shuffled\\n1 CPU", "batch_shuf", 1), ("churn\\n1 CPU", "churn", 1),
              ("larson\\n2 CPUs", "larson", 2), ("prod, cons\\n2 CPUs", "prodcons", 2))
    for text, pattern, threads in wanted:
        cells = [figure(run, "ratio", c, pattern=pattern, alloc="kmalloc", size=64, threads=threads,
                        live=run_live(pattern)) for c in ("value", "p10", "p90")]
        yield [f'"{text}"'] + cells


def run_live(pattern):
    return {"pair": 1, "churn": 1000, "larson": 1000, "prodcons": 128}.get(pattern, 1024)


def write(directory, runs):
    def path(name):
        return os.path.join(directory, name)

    exact, native = runs.get("exact"), runs.get("native")
    if exact:
        lines(path("exact-pair"), by_size(exact, "pair", 1))
        lines(path("exact-batch"), by_size(exact, "batch", 1024))
        lines(path("exact-mixed"), mixed(exact))
        lines(path("exact-large"), large(exact))
    if native:
        lines(path("native-sizes"), native_sizes(native))
        lines(path("native-ratios"), ratios(native))
