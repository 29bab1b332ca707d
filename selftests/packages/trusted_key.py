#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# trusted_key.py VARS CERTIFICATE NEW: writes the firmware's variables in VARS (OVMF_VARS_4M.fd) to NEW, and among them a
# certificate (DER) in the list of keys that the firmware trusts (db). The kernel trusts them for modules, as it does a machine
# owner key where Secure Boot is on.

import struct
import sys
import uuid

DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
OWNER = uuid.UUID("6b2ba4c4-1d0b-4bb1-a6a8-2b4bd5b1d0f7")
X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
AUTHENTICATED = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")  # the store's format: struct variable below
ATTRIBUTES = 0x27  # nonvolatile, for boot and runtime services, changed with a time stamp
ADDED = 0x3F


def signature_list(certificate):
    """EFI_SIGNATURE_LIST with one EFI_SIGNATURE_DATA."""
    size = 16 + len(certificate)
    return X509.bytes_le + struct.pack("<III", 28 + size, 0, size) + OWNER.bytes_le + certificate


def variable(name, data):
    """AUTHENTICATED_VARIABLE_HEADER, the name, the data; aligned to 4 bytes."""
    name = name.encode("utf-16-le") + b"\0\0"
    header = struct.pack("<HBBIQ16sIII", 0x55AA, ADDED, 0, ATTRIBUTES, 0, bytes(16), 0, len(name), len(data))
    whole = header + DATABASE.bytes_le + name + data
    return whole + b"\xff" * (-len(whole) % 4)


def end_of_variables(image, at):
    while image[at:at + 2] == b"\xaa\x55":
        name, data = struct.unpack_from("<II", image, at + 36)
        at += 60 + name + data
        at += -at % 4
    return at


def main():
    variables, certificate, new = sys.argv[1:]
    image = bytearray(open(variables, "rb").read())
    store = image.index(AUTHENTICATED.bytes_le)
    size, = struct.unpack_from("<I", image, store + 16)
    at = end_of_variables(image, store + 28)
    added = variable("db", signature_list(open(certificate, "rb").read()))
    if at + len(added) > store + size or set(image[at:at + len(added)]) != {0xFF}:
        sys.exit(f"{variables}: no room for the certificate")
    image[at:at + len(added)] = added
    open(new, "wb").write(image)


main()
