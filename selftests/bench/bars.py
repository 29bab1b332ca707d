# SPDX-License-Identifier: GPL-2.0
"""The bars: what kspan has to reach, judged from the results of the exact and the native run.

A bar about several sizes is judged by the worst of them, and says which that is.
"""

ORDERS = ("batch", "batch_rev", "batch_shuf")
LARGE = (64 << 10, 1 << 20, 4 << 20)
MAX_SMALL = 32 << 10

# Throughput of two CPUs against one.
SCALING = 1.95

# The timed section's own entry and exit are a fraction of an instruction a pair.
SLACK = 0.1


class Verdict:
    def __init__(self, what, limit, value=None, holds=None, note=""):
        self.what, self.limit, self.value, self.holds, self.note = what, limit, value, holds, note

    def line(self):
        value = "-" if self.value is None else f"{self.value:.2f}".rstrip("0").rstrip(".")
        word = {None: "not measured", True: "holds", False: "DOES NOT HOLD"}[self.holds]
        return f"{self.what:<58}{self.limit:>10}{value:>10}  {word}" + (f"  ({self.note})" if self.note else "")

    def as_json(self):
        return {"bar": self.what, "limit": self.limit, "value": self.value, "holds": self.holds, "note": self.note}


def size_text(size):
    for unit, shift in (("MB", 20), ("KB", 10)):
        if size >= 1 << shift and size % (1 << shift) == 0:
            return f"{size >> shift} {unit}"
    return f"{size} B"


def row_text(row):
    return f"{row['pattern']} {size_text(row['size'])}" + (f", {row['threads']} CPUs" if row["threads"] > 1 else "")


def at_most(what, limit, figures, note=""):
    """figures: (value, what it is of)"""
    if not figures:
        return Verdict(what, f"<= {limit:g}")
    value, worst = max(figures)
    return Verdict(what, f"<= {limit:g}", round(value, 2), value <= limit + SLACK, note or f"worst: {worst}")


def at_least(what, limit, figures, note=""):
    if not figures:
        return Verdict(what, f">= {limit:g}")
    value, worst = min(figures)
    return Verdict(what, f">= {limit:g}", round(value, 2), value >= limit, note or f"worst: {worst}")


def values(run, kind="bench", low=0, high=MAX_SMALL, **wanted):
    if run is None:
        return []
    return [(r["value"], row_text(r)) for r in run.select(kind, **wanted) if low <= r["size"] <= high]


def paired(base, other, **wanted):
    """Other's cost over base's for every row that both have: two tuples of (live, ballast) of one run."""
    run, (live, ballast) = base
    _, (other_live, other_ballast) = other
    found = []
    for row in run.select(live=live, ballast=ballast, **wanted) if live else run.select(ballast=ballast, **wanted):
        match = run.select(pattern=row["pattern"], size=row["size"], threads=row["threads"], alloc=row["alloc"],
                           live=other_live or row["live"], ballast=other_ballast)
        found += [(m["value"] / row["value"], row_text(row)) for m in match]
    return found


def judge_exact(run):
    kspan = {"alloc": "kspan", "threads": 1}
    yield at_most("pair, every size class, instructions", 64, values(run, pattern="pair", **kspan))
    yield at_most("pair, constant size, instructions", 60, values(run, pattern="pair_const", **kspan))
    for low, high, limit in ((0, 1024, 110), (1025, 8192, 160), (8193, MAX_SMALL, 300)):
        yield at_most(f"batch of 1,024, any order, up to {size_text(high)}, instructions", limit,
                      values(run, pattern=ORDERS, low=low, high=high, live=1024, **kspan))
    yield at_least("pair of 32 KB: kmalloc / kspan, instructions", 15,
                   values(run, "ratio", pattern="pair", alloc="kmalloc", low=MAX_SMALL))
    yield at_least("64 KB to 4 MB: kvmalloc / kspan, instructions", 20,
                   values(run, "ratio", pattern="pair", alloc="kvmalloc", size=LARGE, low=LARGE[0], high=LARGE[2]))
    yield at_most("bulk of 64, instructions a pair", 40, values(run, pattern="bulk64", **kspan))


def scaling_note(run, pattern):
    """Beside kspan's what an empty loop gained in the same cells, which is what the machine gave."""
    if run is None:
        return ""
    rows = run.select("scale", pattern=pattern, alloc="kspan", threads=2)
    empty = {r["size"]: r["value"] for r in run.select("scale", pattern=pattern, alloc="none", threads=2)}
    if not rows:
        return ""
    worst = min(rows, key=lambda r: r["value"])
    middle = sorted(r["value"] for r in rows)[len(rows) // 2]
    two = [r["value"] for r in rows if empty.get(r["size"], 0) >= SCALING]
    note = f"worst: {row_text(worst)}, an empty loop there {empty.get(worst['size'], 0):.2f}; median {middle:.2f}"
    return note + (f"; worst of the {len(two)} of {len(rows)} sizes where an empty loop holds the bar {min(two):.2f}"
                   if two else "")


def judge_native(run):
    kmalloc = {"kind": "ratio", "alloc": "kmalloc"}
    both = (1, 2)
    yield at_least("native pair, 1 and 2 CPUs: kmalloc / kspan", 3,
                   values(run, pattern="pair", threads=both, **kmalloc))
    yield at_least("native batch of 1,024, 8 B to 8 KB: kmalloc / kspan", 3,
                   values(run, pattern=ORDERS, threads=both, high=8192, **kmalloc))
    for pattern, text in (("larson", "larson"), ("prodcons", "producer and consumer")):
        yield at_least(f"native {text}, 2 CPUs: kmalloc / kspan", 2,
                       values(run, pattern=pattern, threads=2, **kmalloc))
    for pattern in ("pair", "batch"):
        scale = values(run, "scale", pattern=pattern, alloc="kspan", threads=2)
        yield at_least(f"native {pattern}, 2 CPUs against 1: throughput", SCALING, scale, scaling_note(run, pattern))


def native_note(native, figures_of):
    figures = figures_of(native) if native else []
    return f"; native, cache misses included: {max(figures)[0]:.2f}" if figures else ""


def judge_growth(exact, native):
    def live(run):
        return paired((run, (1000, "")), (run, (1000000, "")), pattern="churn", alloc="kspan", size=64)

    def arenas(run):
        return paired((run, (None, 0)), (run, (None, 40)), alloc="kspan")

    for text, figures_of in (("1,000,000 live objects against 1,000", live), ("40 arenas against 1", arenas)):
        figures = figures_of(exact) if exact else []
        note = f"worst: {max(figures)[1]}{native_note(native, figures_of)}" if figures else ""
        yield at_most(f"{text}: cost, instructions", 1.2, figures, note)


def judge_memory(run):
    facts = run.facts["replay"] if run else {}
    if "kmalloc_peak_held_bytes" not in facts:
        yield Verdict("trace replay: peak held / peak requested", "<= 1.2")
        yield Verdict("trace replay: peak held / kmalloc's", "< 1")
        yield Verdict("trace replay: metadata at the peak, % of held", "<= 1.5")
        return
    held = facts["kspan_peak_held_bytes"]
    yield at_most("trace replay: peak held / peak requested", 1.2, [(held / facts["kspan_peak_requested_bytes"], "")],
                  f"{held:,} bytes, {facts['kspan_cpus']} CPUs")
    share = held / facts["kmalloc_peak_held_bytes"]
    yield Verdict("trace replay: peak held / kmalloc's", "< 1", round(share, 2), share < 1,
                  f"kmalloc: {facts['kmalloc_peak_held_bytes']:,} bytes")
    metadata = facts["kspan_metadata_bytes_at_peak"]
    yield at_most("trace replay: metadata at the peak, % of held", 1.5, [(100 * metadata / held, "")],
                  f"{metadata:,} bytes")


def judge_insmod(runs):
    facts = [r.facts["insmod"] for r in runs if r and r.facts["insmod"]]
    if not facts:
        yield Verdict("insmod, ms", "< 50")
        return
    worst = max(f["us"] for f in facts) / 1000
    yield Verdict("insmod, ms", "< 50", worst, worst < 50, "also with an emulated processor" if runs[0] else "")
    segments = max(f["segments"] for f in facts)
    yield Verdict("segments before the first allocation", "<= 1", segments, segments <= 1)


def judge(exact, native):
    verdicts = list(judge_exact(exact))
    verdicts += judge_native(native)
    verdicts += judge_growth(exact, native)
    # with two CPUs there are two sets of caches to hold
    verdicts += judge_memory(native if native and native.facts["replay"] else exact)
    verdicts += judge_insmod((exact, native))
    return verdicts
