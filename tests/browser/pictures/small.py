"""Pictures of pages as small files: 256 colours are plenty for letters on flat ground."""

import struct
import zlib

import cv2
import numpy as np

MOST = 256  # colours of a palette


def small(png: bytes) -> bytes:
    """The same picture with a palette; one of few colours keeps each of them."""
    drawn = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert drawn is not None
    height, width, _ = drawn.shape
    packed = drawn.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colours, places, counts = np.unique(packed.ravel(), return_inverse=True, return_counts=True)
    palette = _palette(colours, counts)
    rows = _nearest(colours, palette)[places].reshape(height, width)
    return _written(rows.astype(np.uint8), palette)


def _palette(colours: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """At most 256 of them: the most frequent of each shade first, then the most frequent of all."""
    if len(colours) <= MOST:
        return colours
    ranked = colours[np.argsort(-counts, kind="stable")]
    _, firsts = np.unique(ranked & 0xE0E0E0, return_index=True)
    chosen = np.concatenate([np.sort(firsts), np.arange(len(ranked))])
    _, order = np.unique(chosen, return_index=True)
    return ranked[chosen[np.sort(order)][:MOST]]


def _nearest(colours: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """For each colour the place of the one in the palette that looks most like it."""
    far = [_channels(colours[n : n + 4096]) for n in range(0, len(colours), 4096)]
    mine = _channels(palette)
    found = [((part[:, None] - mine[None]) ** 2).sum(axis=2).argmin(axis=1) for part in far]
    return np.concatenate(found)


def _channels(packed: np.ndarray) -> np.ndarray:
    return np.stack([packed >> shift & 255 for shift in (16, 8, 0)], axis=1).astype(np.int32)


def _written(rows: np.ndarray, palette: np.ndarray) -> bytes:
    height, width = rows.shape
    unfiltered = np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = _channels(palette).astype(np.uint8).tobytes()
    parts = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(unfiltered, 9)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in (*parts, (b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
