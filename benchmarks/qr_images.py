"""What a QR image costs, by encoder: `python benchmarks/qr_images.py [symbols]`.

Every encoder draws the same distinct ticket QRs at level M; the same writer makes the PNG, but
for the last line, which is segno's own. Each round takes the ways in turn, the median counts;
measured is the processor's time in one process, so that neighbours disturb it little.
"""

import io
import json
import secrets
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import cv2
import numpy as np
import segno
import zint
import zxingcpp

from qrcodes import images

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ROUNDS = 5
SLOW = 100  # symbols of a way that takes milliseconds for one
QR = zxingcpp.BarcodeFormat.QRCode


def payload() -> str:
    """A ticket QR as it is printed, though with a random signature."""
    code, mac = ("".join(secrets.choice(ALPHABET) for _ in range(size)) for size in (16, 26))
    return f"CRUISE-2026-FERRY-1762274285982-{code}:1.1.{mac}"


def packed(matrix: np.ndarray) -> list[bytes]:
    """Black modules of a matrix as rows of bits, lowest first."""
    return [row.tobytes() for row in np.packbits(matrix, axis=1, bitorder="little")]


def zint_automatic(text: str) -> list[bytes]:
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.QRCODE
    symbol.option_1 = 2
    symbol.encode(text.encode())
    bits = np.asarray(symbol.encoded_data)[: symbol.rows, : (symbol.width + 7) // 8]
    return [row.tobytes() for row in bits]


def zxing(text: str, **options: int) -> list[bytes]:
    drawn = zxingcpp.create_barcode(text, QR, ec_level="M", **options)
    return packed(np.asarray(drawn.to_image(scale=1, add_quiet_zones=False)) == 0)


def by_segno(text: str, mask: int | None = None) -> list[bytes]:
    drawn = segno.make_qr(text, error="m", mask=mask, boost_error=False)
    return packed(np.array([list(row) for row in drawn.matrix]) == 1)


def segno_png(text: str) -> bytes:
    out = io.BytesIO()
    segno.make_qr(text, error="m", boost_error=False).save(out, kind="png", scale=6, border=4)
    return out.getvalue()


def drawn_by(matrix: Callable[[str], list[bytes]]) -> Callable[[str], bytes]:
    return lambda text: images.paint(matrix(text))


WAYS: dict[str, tuple[Callable[[str], bytes], bool]] = {
    "zint-bindings, fixed mask": (images.png, False),
    "  the same as data URI": (lambda text: images.data_uri(text).encode(), False),
    "zint-bindings, automatic mask": (drawn_by(zint_automatic), False),
    "zxing-cpp, fixed mask": (drawn_by(lambda text: zxing(text, data_mask=2)), False),
    "zxing-cpp, automatic mask": (drawn_by(zxing), False),
    "segno, fixed mask": (drawn_by(lambda text: by_segno(text, mask=2)), True),
    "segno, automatic mask": (drawn_by(by_segno), True),
    "segno, its own PNG": (segno_png, True),
}


def seconds_each(way: Callable[[str], bytes], texts: list[str]) -> float:
    start = time.process_time()
    for text in texts:
        way(text)
    return (time.process_time() - start) / len(texts)


def read(png: bytes) -> str:
    found = zxingcpp.read_barcodes(
        cv2.imdecode(np.frombuffer(png, np.uint8), 0), formats=zxingcpp.BarcodeFormats(QR)
    )
    return found[0].text if found else ""


def measured(count: int) -> dict[str, dict[str, float]]:
    """Processor microseconds for one image, seconds for 5000, bytes of an image, by way."""
    texts = [payload() for _ in range(count)]
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, (way, slow) in WAYS.items():
            times[name].append(seconds_each(way, texts[:SLOW] if slow else texts))
    for name, (way, slow) in WAYS.items():
        if "URI" not in name:
            assert all(read(way(text)) == text for text in texts[: SLOW if slow else count]), name
    return {name: figures(times[name], WAYS[name][0](texts[0])) for name in WAYS}


def figures(times: list[float], image: bytes) -> dict[str, float]:
    each = statistics.median(times)
    return {"µs each": round(each * 1e6, 1), "s for 5000": round(each * 5000, 2), "B": len(image)}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    found = measured(count)
    for name, values in found.items():
        print(f"{name:32}", *(f"{value:>9} {unit}" for unit, value in values.items()))
    print(json.dumps({"qr_images": found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
