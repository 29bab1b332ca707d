#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads the lines that guest.sh collected, prints tables and the bars, writes JSON and what plot.gp draws.

report.py [--strict] [--json FILE] [--plot-data DIR] METHOD=FILE...     METHOD: exact (twice: compared) or native
report.py --limits PREFIX [--measured] BOOT=FILE...                     the check of exact_gate.sh: PREFIX-BOOT are the limits
"""

import argparse
import csv
import json
import os
import sys

import bars
import plotdata

KEY = ("pattern", "alloc", "size", "live", "threads", "ballast")
ALLOCS = ("kspan", "kmalloc", "cache", "kvmalloc", "vmalloc", "genpool", "heap", "pool", "region")
AGREEMENT = 0.01


def number(text):
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


class Run:
    """One guest's results: rows of each kind by what they are about, and single facts."""

    def __init__(self, path):
        self.rows = {"bench": {}, "ratio": {}, "scale": {}}
        self.facts = {"env": {}, "insmod": {}, "replay": {}}
        with open(path, encoding="ascii") as lines:
            for line in lines:
                self.add(line.split())

    def add(self, words):
        fields = {k: number(v) for k, v in (w.split("=", 1) for w in words[1:])}
        if words[0] in self.facts:
            self.facts[words[0]].update(fields)
        elif "error" not in fields:
            fields.setdefault("ballast", "")
            self.rows[words[0]].setdefault(tuple(fields[k] for k in KEY), fields)

    def select(self, kind="bench", **wanted):
        """Rows with the wanted values; the row sets with ballast only when it is asked for."""
        wanted.setdefault("ballast", "")
        return [r for r in self.rows[kind].values()
                if all(r[k] in v if isinstance(v, (tuple, set)) else r[k] == v for k, v in wanted.items())]

    def as_json(self):
        out = dict(self.facts["env"])
        out["insmod"] = self.facts["insmod"]
        out["replay"] = self.facts["replay"]
        for kind, rows in self.rows.items():
            out[kind] = [{k: v for k, v in r.items() if v != ""} for r in rows.values()]
        return out


def table(run, out):
    """A line a pattern, size, live set and number of threads; a column an allocator."""
    unit = run.facts["env"]["unit"]
    print(f"{'pattern':<11}{'size':>9}{'live':>9}{'CPUs':>5}" + "".join(f"{a:>11}" for a in ALLOCS) +
          f"   ({unit} a pair)", file=out)
    lines = {}
    for row in run.rows["bench"].values():
        if row["alloc"] in ALLOCS and row["ballast"] == "":
            key = (row["pattern"], row["threads"], row["live"], row["size"])
            lines.setdefault(key, {})[row["alloc"]] = row["value"]
    for (pattern, threads, live, size), cells in sorted(lines.items()):
        if set(cells) == {"kspan"} and unit == "insn":
            continue    # one of the 67 classes: the bars have them
        print(f"{pattern:<11}{size:>9}{live:>9}{threads:>5}" +
              "".join(f"{cells[a]:>11.1f}" if a in cells else f"{'-':>11}" for a in ALLOCS), file=out)


def agreement(first, second):
    """The largest relative difference of a figure between two exact runs, for kspan and for all."""
    worst = {"kspan": (0.0, ""), "all": (0.0, "")}
    beyond = 0
    for key, row in first.rows["bench"].items():
        other = second.rows["bench"].get(key)
        if other is None or row["alloc"] == "none":
            continue
        apart = abs(row["value"] - other["value"]) / row["value"]
        what = f"{row['pattern']} {row['alloc']} {row['size']} B"
        beyond += apart > AGREEMENT
        worst["all"] = max(worst["all"], (apart, what))
        if row["alloc"] == "kspan":
            worst["kspan"] = max(worst["kspan"], (apart, what))
    return {"figures": len(first.rows["bench"]), "beyond_1_percent": beyond,
            "kspan": worst["kspan"], "all": worst["all"]}


def write_json(path, runs, agreed, verdicts):
    """One row a line, so that a change of results is a readable diff."""
    parts = []
    for name, run in runs.items():
        fields = run.as_json()
        body = []
        for key, value in fields.items():
            if isinstance(value, list):
                rows = ",\n    ".join(json.dumps(r) for r in value)
                body.append(f'   {json.dumps(key)}: [\n    {rows}\n   ]')
            else:
                body.append(f"   {json.dumps(key)}: {json.dumps(value)}")
        parts.append(f'  {json.dumps(name)}: {{\n' + ",\n".join(body) + "\n  }")
    listed = ",\n  ".join(json.dumps(v.as_json()) for v in verdicts)
    with open(path, "w", encoding="ascii") as out:
        out.write('{\n "methods": {\n' + ",\n".join(parts) + "\n },\n")
        out.write(f' "agreement": {json.dumps(agreed)},\n "bars": [\n  {listed}\n ]\n}}\n')


def print_agreement(agreed):
    print(f"\nTwo exact runs, {agreed['figures']} figures: {agreed['beyond_1_percent']} differ by more than 1 %.")
    for who in ("kspan", "all"):
        apart, what = agreed[who]
        print(f"  largest difference, {who}: {apart * 100:.2f} % ({what or 'none'})")


def print_bars(verdicts):
    print(f"\n{'bar':<58}{'at least':>10}{'is':>10}")
    for v in verdicts:
        print(v.line())
    known = [v for v in verdicts if v.holds is not None]
    print(f"\n{sum(v.holds for v in known)} of {len(known)} bars hold" +
          (f", {len(verdicts) - len(known)} not measured" if len(known) < len(verdicts) else ""))


def report(args, runs, second):
    agreed = agreement(runs["exact"], second) if second else None
    for name, run in runs.items():
        env = run.facts["env"]
        print(f"\n{name}: Linux {env['kernel']}, {env['cpus']} CPU{'s' if env['cpus'] > 1 else ''}\n")
        table(run, sys.stdout)
    if agreed:
        print_agreement(agreed)
    verdicts = bars.judge(runs.get("exact"), runs.get("native"))
    print_bars(verdicts)
    if args.json:
        write_json(args.json, runs, agreed, verdicts)
    if args.plot_data:
        os.makedirs(args.plot_data, exist_ok=True)
        plotdata.write(args.plot_data, runs)
    return 1 if args.strict and not all(v.holds for v in verdicts) else 0


def read_limits(path):
    with open(path, encoding="ascii") as lines:
        for line in lines:
            words = line.split("#")[0].split()
            if words:
                yield words[0], words[1], int(words[2]), int(words[3]), float(words[4])


def class_sizes(limits_path):
    """Of every size class, from the table beside the selftests."""
    table = os.path.join(os.path.dirname(os.path.abspath(limits_path)), "..", "data", "size_classes.csv")
    with open(table, encoding="ascii") as lines:
        return [int(row["bytes_per_object"]) for row in csv.DictReader(lines)]


def check_limits(prefix, runs):
    """TAP, a test a limit of each boot."""
    sizes = class_sizes(prefix)
    limits = [(boot, *limit) for boot in runs for limit in read_limits(f"{prefix}-{boot}")]
    print("TAP version 13")
    bad = [n for n, limit in enumerate(limits, 1) if not check_limit(n, runs[limit[0]], sizes, *limit)]
    print(f"1..{len(limits)}")
    return 1 if bad else 0


def check_limit(n, run, sizes, boot, pattern, alloc, low, high, limit):
    """The dearest size in the range. Of the default heap's patterns by class every class must have been measured."""
    rows = [r for r in run.select(pattern=pattern, alloc=alloc) if low <= r["size"] <= high]
    worst = max(rows, key=lambda r: r["value"], default=None)
    by_class = alloc == "kspan" and pattern not in ("tiny", "strdup", "rcu")
    missing = [s for s in sizes if by_class and low <= s <= high and all(r["size"] != s for r in rows)]
    good = worst is not None and worst["value"] <= limit + bars.SLACK and not missing
    told = f"{worst['value']:.1f} at {worst['size']} B" if worst else "not measured"
    told += f", but {', '.join(map(str, missing))} B not measured" if missing else ""
    print(f"{'ok' if good else 'not ok'} {n} {boot}, {alloc}: {pattern} {low} to {high} B: {told}, "
          f"at most {limit:g} instructions")
    return good


def print_measured(prefix, runs):
    """The limits files as today's figures would have them."""
    for boot, run in runs.items():
        print(f"# {prefix}-{boot}")
        for pattern, alloc, low, high, _ in read_limits(f"{prefix}-{boot}"):
            rows = [r["value"] for r in run.select(pattern=pattern, alloc=alloc) if low <= r["size"] <= high]
            if rows:
                print(f"{pattern}\t{alloc}\t{low}\t{high}\t{round(max(rows))}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--plot-data")
    parser.add_argument("--limits")
    parser.add_argument("--measured", action="store_true")
    parser.add_argument("inputs", nargs="+")
    args = parser.parse_args()
    runs, second = {}, None
    for item in args.inputs:
        name, path = item.split("=", 1)
        if name in runs:
            second = Run(path)
        else:
            runs[name] = Run(path)
    if not args.limits:
        return report(args, runs, second)
    return (print_measured if args.measured else check_limits)(args.limits, runs) or 0


if __name__ == "__main__":
    sys.exit(main())
