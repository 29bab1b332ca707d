# SPDX-License-Identifier: GPL-2.0
"""kspan_gdb.py: which object of kspan an address lies in, for gdb.

    gdb -c vmcore -x kspan_gdb.py
    (gdb) kspan-load kspan.ko sections      symbols of a kspan.ko with debug information, as it was built
    (gdb) kspan 0xffffc900018b2a40          segment, span, heap, size class, bounds of the object, live or free

"sections" is a directory with copies of /sys/module/kspan/sections/.text, .data, .bss and others of that kernel. vmcore is
an ELF file with virtual addresses, such as QEMU's dump-guest-memory -p makes; /proc/kcore of a running kernel is another.
It needs no debug information of the kernel.
"""

import os

import gdb

PAGE_SHIFT = 13
GRANULE_SHIFT = 21
PAGES = 1 << (GRANULE_SHIFT - PAGE_SHIFT)
FREED = 2  # MSPAN_FREED
CLASS_LARGE = 0


def number(expression):
    return int(gdb.parse_and_eval(expression))


def string(value):
    return value.string(errors="replace")


def map_of(addr):
    """The struct pagemap_map of an address, or None: as pagemap_probe() finds it."""
    table = gdb.parse_and_eval("pagemap")
    granule = addr >> GRANULE_SHIFT
    for i in range(int(table["max_probe"]) + 1):
        found = table["maps"][(granule + i) & int(table["mask"])]
        if int(found["granule"]) == granule:
            return found
        if int(found) == number("&empty_map"):
            break
    return None


def span_of(addr):
    """The struct mspan of an address, or None."""
    found = map_of(addr)
    if found is None:
        return None
    span = found["spans"][(addr >> PAGE_SHIFT) % PAGES]
    if int(span) in (number("&no_span"), number("&ended_span")):
        return None
    return span


def segment_of(addr):
    """The struct segment of an address, or None."""
    node = gdb.parse_and_eval("mheap.by_address.rb_node")
    kind = gdb.lookup_type("struct segment")
    member = next(f for f in kind.fields() if f.name == "address_node").bitpos // 8
    while int(node):
        seg = gdb.Value(int(node) - member).cast(kind.pointer())
        base = int(seg["base"])
        if base <= addr < base + int(seg["bytes"]):
            return seg
        node = node["rb_left"] if addr < base else node["rb_right"]
    return None


def bit_is_set(bits, index):
    return int(bits[index // 64]) >> index % 64 & 1


class Object:
    """The object that an address lies in."""

    def __init__(self, span, addr):
        cls = int(span["class"])
        row = gdb.parse_and_eval("size_classes")[cls]
        self.base = int(span["base"])
        self.span_bytes = int(span["npages"]) << PAGE_SHIFT
        if cls == CLASS_LARGE:
            self.size, self.index, self.count = self.span_bytes, 0, 1
            self.free = bool(int(span["state"]["counter"]) & FREED)
        else:
            self.size, self.count = int(row["size"]), int(row["nr_objs"])
            self.index = (addr - self.base) // self.size
            self.free = self.index < self.count and bool(bit_is_set(span["bits"], self.index))
        self.start = self.base + self.index * self.size
        self.cls = cls


def heap_name(span):
    return string(span["owner"]["account"]["name"])


def state_of(span, obj):
    if bool(span["region"]):
        return "a block of a region"
    return "free" if obj.free else "live, or in a CPU's cache"


def describe(addr):
    """What lies at an address, as lines."""
    seg = segment_of(addr)
    if seg is None:
        return ["%#x: not kspan's" % addr]
    page = (addr - int(seg["base"])) >> PAGE_SHIFT
    lines = ["%#x: segment %d at %#x, page %d" % (addr, int(seg["number"]), int(seg["base"]), page)]
    span = span_of(addr)
    if span is None:
        return lines + ["no span: a free page"]
    obj = Object(span, addr)
    lines.append("span of %d bytes at %#x, heap \"%s\"" % (obj.span_bytes, obj.base, heap_name(span)))
    if obj.index >= obj.count:
        return lines + ["behind its last object"]
    lines.append("object %d of %d at %#x, %d bytes, size class %d, at byte %d of it: %s" %
                 (obj.index, obj.count, obj.start, obj.size, obj.cls, addr - obj.start, state_of(span, obj)))
    return lines


class Load(gdb.Command):
    """kspan-load KSPAN.KO SECTIONS: read the symbols of kspan."""

    def __init__(self):
        super().__init__("kspan-load", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        module, folder = gdb.string_to_argv(argument)
        options = ""
        for name in sorted(os.listdir(folder)):
            if name in (".data", ".bss", ".rodata", ".data..read_mostly", ".data..ro_after_init", ".init.text"):
                options += " -s %s %s" % (name, self.address(folder, name))
        gdb.execute("add-symbol-file %s %s%s" % (module, self.address(folder, ".text"), options), to_string=True)

    @staticmethod
    def address(folder, name):
        with open(os.path.join(folder, name), encoding="ascii") as file:
            return file.read().strip()


class Find(gdb.Command):
    """kspan ADDRESS: which object of kspan it lies in."""

    def __init__(self):
        super().__init__("kspan", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        for line in describe(number(argument) & (1 << 64) - 1):
            print(line)


Load()
Find()
