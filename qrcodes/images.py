"""The picture of a QR code: one encoder, one mask, so the same text is always the same bytes.

Error level M, four modules of quiet zone, six pixels a module, black on white, a 1-bit PNG.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

from zint import Symbol, Symbology

PIXELS = 6  # per module
QUIET = 4  # modules on each side
MASK = 2
_LEVEL_M = 2
_MASK_OPTION = (MASK + 1) << 8
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UNCHANGED = b"\2"  # PNG filter "up": with zeros behind it, the row above once more
_WHITE = b"\xff"
# Eight modules, lowest bit first and 1 for black, are PIXELS whole bytes of 1-bit pixels.
_PAINTED = [
    int("".join(str(1 - (modules >> bit & 1)) * PIXELS for bit in range(8)), 2).to_bytes(
        PIXELS, "big"
    )
    for modules in range(256)
]


def png(payload: str) -> bytes:
    """The PNG of a text; ValueError where it is not ASCII, empty, or too long for a symbol."""
    return paint(matrix(payload))


def data_uri(payload: str) -> str:
    """The PNG of a text for direct display, `data:image/png;base64,…`."""
    return "data:image/png;base64," + base64.b64encode(png(payload)).decode("ascii")


def matrix(payload: str) -> list[bytes]:
    """The modules of the symbol row by row, eight in a byte, lowest bit first, 1 is black."""
    symbol = Symbol()
    symbol.symbology = Symbology.QRCODE
    symbol.option_1 = _LEVEL_M
    symbol.option_3 = _MASK_OPTION
    try:
        symbol.encode(payload.encode("ascii"))
    except (RuntimeError, UnicodeEncodeError) as refused:
        raise ValueError("This text cannot be drawn as a QR code.") from refused
    modules, used = symbol.encoded_data, (symbol.width + 7) // 8
    stride = modules.nbytes // len(modules)
    lines = modules.cast("B")[: stride * symbol.rows].tobytes()
    return [lines[start : start + used] for start in range(0, len(lines), stride)]


def paint(rows: Sequence[bytes]) -> bytes:
    """The PNG of a square matrix, with its quiet zone."""
    side = (len(rows) + 2 * QUIET) * PIXELS
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", _deflated(_scanlines(rows, (side + 7) // 8))),
            _chunk(b"IEND", b""),
        )
    )


def _scanlines(rows: Sequence[bytes], width: int) -> bytes:
    """Each row of modules as one drawn line and the repetitions that make it square."""
    again = _UNCHANGED + bytes(width)
    repeated = again * (PIXELS - 1)
    margin = b"\0" + _WHITE * width + again * (QUIET * PIXELS - 1)
    left = b"\0" + _WHITE * (QUIET * PIXELS // 8)
    painted = _PAINTED.__getitem__
    lines = [
        (left + b"".join(map(painted, row))).ljust(width + 1, _WHITE)[: width + 1] + repeated
        for row in rows
    ]
    return b"".join((margin, *lines, margin))


def _deflated(raw: bytes) -> bytes:
    # A small memory level spares clearing a large hash table for each small picture;
    # it costs 2 bytes and saves 45 µs.
    packer = zlib.compressobj(level=1, wbits=14, memLevel=7)
    return packer.compress(raw) + packer.flush()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
