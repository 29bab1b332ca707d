# SPDX-License-Identifier: GPL-2.0
"""litmus.py TREE MODEL HERD FILE...: runs litmus tests against the kernel's memory model. TAP. Without HERD it only looks
whether the module has what the tests stand for.

A test is a small program for some CPUs and a bad outcome, "exists (...)", that must not be possible. It stands for code of
the module. Comments in it say for which, and litmus.py checks that:

	// FUNCTION(), FILE		what follows stands for a part of this function
	CODE;		//= TEXT	this line stands for TEXT there. The function must have it, in the order of the test
	//-N CODE;			in variant N this replaces the line above; without CODE it is left out
	//+N CODE;			a line of variant N alone

A variant is the test without one of its barriers. The bad outcome must be possible in each: so the barrier is needed, and
the test would show that it is missing. Exit status 1: something is not so.
"""

import os
import re
import subprocess
import sys

FUNCTION = re.compile(r"^\s*// (\w+)\(\), (\S+)$")
VARIANT = re.compile(r"^\s*//([-+])(\d+)(.*)$")
STANDS_FOR = re.compile(r"^(.*?)\s*//= (.*)$")
NAMED = re.compile(r"^\s*//(\d+) (.*)$")


def squeeze(code):
    """Code without comments and white space."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", code, flags=re.S)
    return re.sub(r"\s+", "", code)


def body_of(tree, function, path):
    """The body of a function, squeezed; None if there is none."""
    with open(os.path.join(tree, path), encoding="utf-8") as source:
        text = source.read()
    found = re.search(r"^[\w *]*\b%s\([^;{]*\)[^;{]*\n\{(.*?)^\}" % function, text, re.M | re.S)
    return squeeze(found.group(1)) if found else None


class Test:
    """A litmus test: its lines, what they stand for, and its variants."""

    def __init__(self, path):
        self.name = os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="utf-8") as source:
            self.lines = source.read().split("\n")
        self.title = next(line.strip('"') for line in self.lines if line.startswith('"'))
        self.variants = {}
        for line in self.lines:
            named = NAMED.match(line)
            if named:
                self.variants[int(named.group(1))] = named.group(2)

    def program(self, variant):
        """What herd7 is given; variant 0 is the test itself."""
        out = []
        for line in self.lines:
            mark = VARIANT.match(line)
            if mark and int(mark.group(2)) == variant:
                if mark.group(1) == "-":
                    out.pop()
                out.append(mark.group(3))
            elif not mark:
                out.append(re.sub(r"//.*", "", line))
        return "\n".join(out)

    def missing(self, tree):
        """What the test says of the module that is not so there, or None."""
        function = None
        for line in self.lines:
            place = FUNCTION.match(line)
            mark = STANDS_FOR.match(line)
            if place:
                function, path = place.groups()
                body, at = body_of(tree, function, path), 0
                if body is None:
                    return f"{path} has no {function}()"
            elif mark and function:
                at = body.find(squeeze(mark.group(2)), at)
                if at < 0:
                    return f'{function}() in {path} has no "{mark.group(2)}", or not in this order'
                at += len(squeeze(mark.group(2)))
        return None


def run(herd, model, program):
    """(whether the bad outcome is possible, number of states) or (None, what herd7 said)."""
    with open(os.path.join(model, "test.litmus"), "w", encoding="utf-8") as file:
        file.write(program)
    result = subprocess.run(
        herd.split() + ["-conf", "linux-kernel.cfg", "test.litmus"], cwd=model, capture_output=True, text=True, check=False
    )
    states = re.search(r"^States (\d+)$", result.stdout, re.M)
    seen = re.search(r"^Observation \S+ (Never|Sometimes|Always) (\d+) (\d+)$", result.stdout, re.M)
    if not states or not seen:
        return None, result.stdout + result.stderr
    return seen.group(1) != "Never", int(seen.group(2)) + int(seen.group(3))


class Tap:
    """Results as TAP, and their count."""

    def __init__(self):
        self.count = self.failed = self.executions = 0

    def result(self, good, text, why=""):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {text}", flush=True)
        for line in why.strip().split("\n") if why and not good else []:
            print(f"#   {line}")

    def expect(self, possible, outcome, text, why):
        """outcome is what run() returned."""
        if outcome[0] is None:
            self.result(False, text, outcome[1])
            return
        self.executions += outcome[1]
        self.result(outcome[0] == possible, f"{text} ({outcome[1]} executions)", why)


def main(tree, model, herd, files):
    tap = Tap()
    for path in files:
        test = Test(path)
        missing = test.missing(tree)
        if missing:
            tap.result(False, f"{test.name}: {test.title}", missing)
            continue
        if not herd:
            tap.result(True, f"{test.name}: is what the module does")
            continue
        tap.expect(False, run(herd, model, test.program(0)), f"{test.name}: {test.title}", "it is possible")
        for number, text in sorted(test.variants.items()):
            tap.expect(True, run(herd, model, test.program(number)),
                       f"{test.name}: needs {text}", "without it the bad outcome is still impossible")
        if not test.variants:
            tap.result(False, f"{test.name}: needs something", "the test names no barrier")
    print(f"1..{tap.count}")
    if herd:
        print(f"# {len(files)} tests, {tap.count - len(files)} barriers left out, {tap.executions} executions")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
