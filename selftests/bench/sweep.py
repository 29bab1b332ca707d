#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads the lines that "guest.sh sweep" collected. Prints, for each boot and call, figures at some sizes and, as TAP,
whether the worst ratio is within bounds.

sweep.py BOOT=FILE...
"""

import sys

MOST = 1.02         # times the instructions of the namesake
SHOWN = (8, 64, 1024, 4096, 32768, 32769, 65536, 65537, 1 << 20, (1 << 20) + 1, 4 << 20, (4 << 20) + 1, 8 << 20)
SHOWN_STRINGS = (1, 3, 6, 7, 15, 22, 31, 63)    # characters


def read(path):
    """Rows (size, instructions of kspan, of the namesake) by call; None where a call failed."""
    calls = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if words[0] != "sweep":
                continue
            row = dict(w.split("=", 1) for w in words[1:])
            figures = (None, None) if "failed" in row else (int(row["kspan"]) / 1000, int(row["slab"]) / 1000)
            calls.setdefault(row["call"], []).append((int(row["size"]), *figures))
    return calls


def ratio(row):
    return row[1] / max(row[2], 1)


def show(boot, call, rows):
    """Some sizes, and the worst of those whose ratio is too large."""
    shown = [r for r in rows if r[0] in (SHOWN_STRINGS if call == "strdup" else SHOWN)]
    print(f"# {boot}, {call}: bytes kspan/namesake: " + ", ".join(f"{s} {k:.0f}/{n:.0f}" for s, k, n in shown))
    bad = sorted((r for r in rows if ratio(r) > MOST), key=ratio, reverse=True)
    if bad:
        sizes = [r[0] for r in bad]
        print(f"# {boot}, {call}: {len(bad)} of {len(rows)} sizes above {MOST}, {min(sizes)} to {max(sizes)} B: " +
              ", ".join(f"{r[0]} {r[1]:.0f}/{r[2]:.0f}" for r in bad[:12]))


def judge(n, boot, call, rows):
    good = [r for r in rows if r[1] is not None]
    worst = max(good, key=ratio)
    fine = ratio(worst) <= MOST and len(good) == len(rows)
    missing = "" if len(good) == len(rows) else f", {len(rows) - len(good)} sizes failed"
    show(boot, call, good)
    print(f"{'ok' if fine else 'not ok'} {n} {boot}, {call}: worst ratio {ratio(worst):.3f} at {worst[0]} B "
          f"({worst[1]:.0f} to {worst[2]:.0f} instructions), at most {MOST}{missing}")
    return fine


def main():
    print("TAP version 13")
    fine, n = True, 0
    for item in sys.argv[1:]:
        boot, path = item.split("=", 1)
        for call, rows in read(path).items():
            n += 1
            fine &= judge(n, boot, call, rows)
    print(f"1..{n}")
    return 0 if fine and n else 1


if __name__ == "__main__":
    sys.exit(main())
