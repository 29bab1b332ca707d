# SPDX-License-Identifier: GPL-2.0
"""coverage.py MINIMUM: reads what "gcov -j -t" prints and shows which lines of module/ were not run.

A line of a header counts as run when it was in any of the files that include it. Exit status 1: less than MINIMUM
percent of all lines were run.
"""

import json
import os
import sys


def counts_by_file(documents):
    """{path below module/: {line: times run}}"""
    files = {}
    for document in documents:
        for entry in document["files"]:
            path = entry["file"]
            if "/module/" not in "/" + path:
                continue
            lines = files.setdefault("module/" + path.rsplit("module/", 1)[1], {})
            for line in entry["lines"]:
                number = line["line_number"]
                lines[number] = lines.get(number, 0) + line["count"]
    return files


def show_missed(path, lines):
    missed = sorted(number for number, count in lines.items() if not count)
    if not missed:
        return
    text = open(path, encoding="utf-8").read().split("\n") if os.path.exists(path) else []
    print(f"{path}: not run")
    for number in missed:
        print(f"{number:6}  {text[number - 1] if number <= len(text) else ''}")
    print()


def show_table(files):
    """Returns the percentage of all lines that were run."""
    all_lines = all_run = 0
    print(f"{'file':32}{'lines':>8}{'run':>8}{'%':>8}")
    for path, lines in sorted(files.items()):
        run = sum(1 for count in lines.values() if count)
        print(f"{path:32}{len(lines):8}{run:8}{100 * run / len(lines):8.1f}")
        all_lines += len(lines)
        all_run += run
    percent = 100 * all_run / all_lines
    print(f"{'total':32}{all_lines:8}{all_run:8}{percent:8.1f}")
    return percent


def main():
    minimum = float(sys.argv[1])
    files = counts_by_file(json.loads(line) for line in sys.stdin if line.strip())
    if not files:
        sys.exit("coverage: no line of module/ was compiled for it")
    for path, lines in sorted(files.items()):
        show_missed(path, lines)
    percent = show_table(files)
    if percent < minimum:
        sys.exit(f"coverage: below {minimum:g} percent")


if __name__ == "__main__":
    main()
