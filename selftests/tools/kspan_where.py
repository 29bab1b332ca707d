# SPDX-License-Identifier: GPL-2.0
"""kspan_where.py: which object of kspan an address lies in, for drgn and for gdb, in a running kernel or in an image of one.

    drgn -s vmlinux -s kspan.ko kspan_where.py ADDRESS...             the running kernel, as root
    drgn -c vmcore -s vmlinux -s kspan.ko kspan_where.py ADDRESS...

    gdb -c vmcore -x kspan_where.py
    (gdb) kspan-load kspan.ko SECTIONS
    (gdb) kspan ADDRESS

It tells segment, span, heap, size class, the bounds of the object, and whether it is free. kspan.ko is one with debug
information, as it was built for that kernel. drgn needs debug information of the kernel, too. gdb does not, but an ELF file
with virtual addresses, such as /proc/kcore or what QEMU's dump-guest-memory -p makes; and SECTIONS, a directory with what
/sys/module/kspan/sections has.
"""

import os
import sys

try:
    import gdb
except ImportError:
    gdb = None

PAGE_SHIFT = 13
GRANULE_SHIFT = 21
PAGES = 1 << (GRANULE_SHIFT - PAGE_SHIFT)
FREED = 2  # MSPAN_FREED
CLASS_LARGE = 0


class Drgn:
    """How drgn reads a kernel's memory."""

    def __init__(self, program):
        self.program = program

    def variable(self, name):
        return self.program[name]

    def address(self, name):
        return self.program[name].address_of_().value_()

    @staticmethod
    def field(value, name):
        return value.member_(name)

    @staticmethod
    def number(value):
        return value.value_()

    @staticmethod
    def string(value):
        return value.string_().decode(errors="replace")

    def container(self, pointer, kind, name):
        from drgn import container_of
        return container_of(pointer, self.program.type(kind), name)


class Gdb:
    """The same for gdb."""

    @staticmethod
    def variable(name):
        return gdb.parse_and_eval(name)

    @staticmethod
    def address(name):
        return int(gdb.parse_and_eval("&" + name))

    @staticmethod
    def field(value, name):
        return value[name]

    @staticmethod
    def number(value):
        return int(value)

    @staticmethod
    def string(value):
        return value.string(errors="replace")

    @staticmethod
    def container(pointer, kind, name):
        kind = gdb.lookup_type(kind)
        member = next(f for f in kind.fields() if f.name == name).bitpos // 8
        return gdb.Value(int(pointer) - member).cast(kind.pointer())


class Kspan:
    """What kspan's own structures tell of an address."""

    def __init__(self, memory):
        self.memory = memory

    def number(self, value, *names):
        for name in names:
            value = self.memory.field(value, name)
        return self.memory.number(value)

    def map_of(self, addr):
        """The struct pagemap_map of an address, or None: as pagemap_probe() finds it."""
        table = self.memory.variable("pagemap")
        granule, mask = addr >> GRANULE_SHIFT, self.number(table, "mask")
        for i in range(self.number(table, "max_probe") + 1):
            found = self.memory.field(table, "maps")[(granule + i) & mask]
            if self.number(found, "granule") == granule:
                return found
            if self.number(found) == self.memory.address("empty_map"):
                break
        return None

    def span_of(self, addr):
        """The struct mspan of an address, or None."""
        found = self.map_of(addr)
        if found is None:
            return None
        span = self.memory.field(found, "spans")[(addr >> PAGE_SHIFT) % PAGES]
        none = [self.memory.address(name) for name in ("no_span", "ended_span")]
        return None if self.number(span) in none else span

    def segment_of(self, addr):
        """The struct segment of an address, or None."""
        node = self.memory.field(self.memory.field(self.memory.variable("mheap"), "by_address"), "rb_node")
        while self.number(node):
            seg = self.memory.container(node, "struct segment", "address_node")
            base = self.number(seg, "base")
            if base <= addr < base + self.number(seg, "bytes"):
                return seg
            node = self.memory.field(node, "rb_left" if addr < base else "rb_right")
        return None

    def object_line(self, span, addr):
        """The object of a span."""
        cls, base = self.number(span, "class"), self.number(span, "base")
        size, count, free = self.number(span, "npages") << PAGE_SHIFT, 1, False
        if cls != CLASS_LARGE:
            row = self.memory.variable("size_classes")[cls]
            size, count = self.number(row, "size"), self.number(row, "nr_objs")
        index = (addr - base) // size
        if index >= count:
            return "behind its last object"
        if cls != CLASS_LARGE:
            free = self.number(self.memory.field(span, "bits")[index // 64]) >> index % 64 & 1
        elif self.number(span, "region"):
            return "a block of a region"
        else:
            free = self.number(span, "state", "counter") & FREED
        return "object %d of %d at %#x, %d bytes, size class %d, at byte %d of it: %s" % (
            index, count, base + index * size, size, cls, addr - base - index * size,
            "free" if free else "live, or in a CPU's cache")

    def describe(self, addr):
        """What lies at an address, as lines."""
        seg = self.segment_of(addr)
        if seg is None:
            return ["%#x: not kspan's" % addr]
        base = self.number(seg, "base")
        lines = ["%#x: segment %d at %#x, page %d" % (addr, self.number(seg, "number"), base, (addr - base) >> PAGE_SHIFT)]
        span = self.span_of(addr)
        if span is None:
            return lines + ["no span: a free page, or one of the reserve"]
        heap = self.memory.field(self.memory.field(self.memory.field(span, "owner"), "account"), "name")
        lines.append('span of %d bytes at %#x, heap "%s"' % (
            self.number(span, "npages") << PAGE_SHIFT, self.number(span, "base"), self.memory.string(heap)))
        return lines + [self.object_line(span, addr)]


def show(memory, addr):
    for line in Kspan(memory).describe(addr & (1 << 64) - 1):
        print(line)


def gdb_commands():
    """Make kspan-load and kspan."""

    class Load(gdb.Command):
        """kspan-load KSPAN.KO SECTIONS: read the symbols of kspan."""

        def invoke(self, argument, from_tty):
            module, folder = gdb.string_to_argv(argument)
            sections = {}
            for name in os.listdir(folder):
                with open(os.path.join(folder, name), encoding="ascii") as file:
                    sections[name] = file.read().strip()
            text = sections.pop(".text")
            options = ["-s %s %s" % (name, sections[name]) for name in sections if name[:5] in (".data", ".bss", ".roda")]
            gdb.execute("add-symbol-file %s %s %s" % (module, text, " ".join(options)), to_string=True)

    class Find(gdb.Command):
        """kspan ADDRESS: which object of kspan it lies in."""

        def invoke(self, argument, from_tty):
            show(Gdb, int(gdb.parse_and_eval(argument)))

    Load("kspan-load", gdb.COMMAND_DATA)
    Find("kspan", gdb.COMMAND_DATA)


if gdb:
    gdb_commands()
else:
    for word in sys.argv[1:]:
        show(Drgn(prog), int(word, 0))  # noqa: F821: drgn sets prog
