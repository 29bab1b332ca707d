# SPDX-License-Identifier: GPL-2.0
"""step.py KSPAN_KO LIST [-v]: how many instructions of each fast path and slow section tests/step.sh stopped at.

LIST is /sys/kernel/debug/kspan_step. -v shows the instructions that were missed: calls of the scheduler, and what only
an interrupt executes that finds its CPU's mcache busy. Exit status 1: of a function too few were stopped at.
"""

import re
import subprocess
import sys

# Percent at least. What is not reached depends on the compiler, and a little on when interrupts come.
FAST = 60
SLOW = 40

FUNCTIONS = {
    FAST: ["__kspan_alloc", "__kspan_alloc_class", "alloc_special", "kspan_free", "__kspan_heap_alloc",
           "kspan_heap_free", "kspan_pool_alloc", "kspan_pool_free", "alloc_many_at_hand", "alloc_many_zeroed",
           "free_bulk_fast", "tiny_alloc", "tiny_free", "alloc_odd_large", "free_odd", "large_give"],
    SLOW: ["alloc_cold", "mcache_alloc_slow", "mcache_free_slow", "mcache_refill", "mcache_push_slow"],
}
PADDING = re.compile(r"(cs )?nop|int3|xchg +%ax,%ax|data16")


def disassemble(module):
    """{function: {offset in .text: instruction}}"""
    text = subprocess.run(["objdump", "-d", "-j", ".text", "--no-show-raw-insn", module],
                          capture_output=True, text=True, check=True).stdout
    functions = {}
    for line in text.split("\n"):
        if match := re.match(r"([0-9a-f]+) <(.*)>:", line):
            code = functions.setdefault(match[2], {})
        elif match := re.match(r" *([0-9a-f]+):\t(.*)", line):
            if not PADDING.match(match[2]):
                code[int(match[1], 16)] = match[2]
    return functions


def read_stops(path, functions):
    """The offsets in .text; the file's first line tells where it has kspan_free()."""
    with open(path, encoding="ascii") as file:
        there = int(file.readline().split()[1], 16)
        return {int(line, 16) - there + min(functions["kspan_free"]) for line in file}


def main():
    functions = disassemble(sys.argv[1])
    stops = read_stops(sys.argv[2], functions)
    failed = False
    for least, names in FUNCTIONS.items():
        for name in names:
            code = functions.get(name, {})
            missed = [offset for offset in code if offset not in stops]
            percent = 100 * (len(code) - len(missed)) // max(len(code), 1)
            failed |= percent < least
            print(f"{name:24} {len(code) - len(missed):4} of {len(code):4} instructions, {percent} %"
                  + (f": less than {least}" if percent < least else ""))
            for offset in missed if "-v" in sys.argv else []:
                print(f"    {offset:6x}  {code[offset]}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
