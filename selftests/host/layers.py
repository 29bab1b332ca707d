# SPDX-License-Identifier: GPL-2.0
"""layers.py BUILD: do the files of module/ include and call downwards only? BUILD is a tree with kspan.ko built in it.

The folders of module/ are layers, the lowest first in LAYERS; module/main.c lies above all. Prints a line for
- an #include of a file in a higher folder,
- a symbol that an object uses and an object of a higher folder defines,
- a circle of files. A .c file and the header of its name are one file here.
Exit status 1: it printed one; 2: BUILD has no module to look at.
"""

import os
import re
import subprocess
import sys

LAYERS = ["base", "pages", "central", "cpu", "heap", "region", "upkeep", "api"]
TOP = "module/main.c"

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)


def sources(build):
    """Paths of the .c and .h files of module/, as they are below BUILD."""
    return sorted(
        os.path.relpath(os.path.join(folder, name), build)
        for folder, _, names in os.walk(os.path.join(build, "module"))
        for name in names
        if re.search(r"\.[ch]$", name) and not name.endswith(".mod.c")
    )


def objects(build):
    """Paths of the objects of module/ that kspan.ko is linked from: the kernel's build lists them in kspan.mod."""
    try:
        with open(os.path.join(build, "kspan.mod"), encoding="utf-8") as listing:
            words = listing.read().split()
    except FileNotFoundError:
        words = []
    # Older kernels write absolute paths.
    paths = {os.path.relpath(os.path.join(build, word), build) for word in words if word.endswith(".o")}
    return sorted(path for path in paths if path.startswith("module/"))


def layer(path):
    """The height of a file's folder, None if its folder is no layer."""
    if unit(path) == unit(TOP):
        return len(LAYERS)
    parts = path.split("/")
    return LAYERS.index(parts[1]) if len(parts) == 3 and parts[1] in LAYERS else None


def unit(path):
    return os.path.splitext(path)[0]


def included(build, path, files):
    """The files of module/ that a file includes, by the paths that the compiler may look in."""
    with open(os.path.join(build, path), encoding="utf-8") as source:
        names = INCLUDE.findall(source.read())
    for name in names:
        beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
        if beside in files:
            yield beside
        else:
            yield from (other for other in files if other.endswith("/" + name))


def symbols(build, path):
    """The global symbols that an object defines and those that it uses."""
    lines = subprocess.run(["nm", "-P", "-g", os.path.join(build, path)], check=True, capture_output=True, text=True)
    defined, used = set(), set()
    for line in lines.stdout.splitlines():
        name, kind = line.split()[:2]
        (used if kind in "Uvw" else defined).add(name)
    return defined, used


def arrows(build, files, built):
    """Triples: a path, a path that it needs, and the reason as text."""
    for path in files:
        for other in included(build, path, files):
            yield path, other, f"{path} includes {other}"
    tables = {path: symbols(build, path) for path in built}
    definers = {name: path for path, (defined, _) in tables.items() for name in defined}
    for path, (_, used) in tables.items():
        for name in sorted(used & definers.keys()):
            yield path, definers[name], f"{path} uses {name} of {definers[name]}"


def shortest_way(graph, start, end):
    """The units from start to end, both included, or None."""
    ways = [[start]]
    seen = {start}
    for way in ways:
        for follower in graph.get(way[-1], {}):
            if follower == end:
                return way + [end]
            if follower not in seen:
                seen.add(follower)
                ways.append(way + [follower])
    return None


def circles(graph):
    """The shortest circle through each unit that is in one and in none shown before, as lists of reasons."""
    shown = set()
    for start in sorted(graph):
        way = None if start in shown else shortest_way(graph, start, start)
        if way:
            shown.update(way)
            yield [graph[a][b] for a, b in zip(way, way[1:])]


def complaints(build):
    files = sources(build)
    built = objects(build)
    if not built:
        print(f"layers: {build} has no kspan.mod that names objects of module/", file=sys.stderr)
        sys.exit(2)
    for path in files:
        if layer(path) is None:
            yield f"{path} lies in no layer"
    graph = {}
    for path, other, reason in arrows(build, files, built):
        low, high = layer(path), layer(other)
        if low is not None and high is not None and high > low:
            yield f"{reason}, which lies higher"
        if unit(path) != unit(other):
            graph.setdefault(unit(path), {}).setdefault(unit(other), reason)
    for circle in circles(graph):
        yield "circle: " + "; ".join(circle)


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(len(sys.argv) != 2)
    found = list(complaints(sys.argv[1]))
    for line in found:
        print(line)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
