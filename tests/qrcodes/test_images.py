import base64
import hashlib
import secrets
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import cv2
import numpy as np
import pytest
import segno
import zxingcpp

from qrcodes import images, tokens
from qrcodes.tokens import TokenType
from tests.qrcodes.reference import CROCKFORD

CODE = "CRUISE-2026-FERRY-1762274285982-K7Q2M9XDBR4TVWZC"
LINK = "https://tickets.example.com.hk/qr/verify?t="
# Asked for everything, it now and then sees a bar code in a few rows of modules as well.
QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
TEXT = f"{CODE}:1.1.4CK5SZM7WTTTZB0Y69JG9PE5C4"


def printed(count):
    """Ticket QRs as they are printed."""
    codes = ("".join(secrets.choice(CROCKFORD) for _ in range(16)) for _ in range(count))
    return [tokens.ticket_qr(f"CRUISE-2026-FERRY-1762274285982-{c}", 1, 2) for c in codes]


def sealed(count, front=""):
    """Tokens, bare or behind the address of the verify page."""
    return [
        front
        + tokens.seal(
            ticket=uuid4(), generation=1, type_=TokenType.VIEW, ttl_minutes=30, at=1767225600
        )
        for _ in range(count)
    ]


def pixels(png):
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)


def read_by_zxing(png):
    found = zxingcpp.read_barcodes(pixels(png), formats=QR_ONLY)
    return [(symbol.text, symbol.ec_level) for symbol in found]


def read_by_opencv(png):
    return cv2.QRCodeDetectorAruco().detectAndDecode(pixels(png))[0]


def unread(payloads):
    """The payloads that one of the two readers does not read from their image."""
    return [
        text
        for text, png in zip(payloads, map(images.png, payloads), strict=True)
        if read_by_zxing(png) != [(text, "M")] or read_by_opencv(png) != text
    ]


def test_two_independent_readers_read_every_image():
    assert unread(printed(150) + sealed(50) + sealed(50, LINK)) == []


@pytest.mark.proof
def test_two_independent_readers_read_five_thousand_images():
    assert unread(printed(5000) + sealed(500) + sealed(500, LINK)) == []


@pytest.mark.parametrize("length", [1, 2, 10, 20, 38, 61, 90, 122, 200, 400, 1000])
def test_every_size_of_symbol_is_read_by_both(length):
    assert unread(["A" * length, "7" * length, "https://x/" + "a" * length]) == []


def modules(payload):
    """The matrix as truth values, black is True."""
    rows = images.matrix(payload)
    return [[bool(row[x // 8] >> x % 8 & 1) for x in range(len(rows))] for row in rows]


@pytest.mark.parametrize("text", ["A", "A" * 30, TEXT, "a" * 100, "a" * 128, "a" * 171])
def test_every_module_is_six_whole_pixels_within_a_quiet_zone_of_four_modules(text):
    wide = np.pad(np.array(modules(text)), 4)
    expected = np.where(np.kron(wide, np.ones((6, 6))), 0, 255)

    assert pixels(images.png(text)).tolist() == expected.tolist()


@pytest.mark.parametrize("text", ["A" * 20, "7" * 34, "a" * 62, "A" * 90, "A" * 122, "a" * 180])
def test_another_encoder_draws_the_same_symbol(text):
    """Of texts that fill their symbol: segno 1.6.6 pads others with a zero word too many."""
    drawn = segno.make_qr(text, error="m", mask=images.MASK, boost_error=False)

    assert modules(text) == [[bool(module) for module in row] for row in drawn.matrix]


def test_the_encoder_we_would_change_to_draws_the_same_symbol():
    for text in [TEXT, *sealed(20), *sealed(20, LINK)]:
        drawn = zxingcpp.create_barcode(
            text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=images.MASK
        )
        matrix = np.asarray(drawn.to_image(scale=1, add_quiet_zones=False)) == 0
        assert modules(text) == matrix.tolist()


def chunks(png):
    place = 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        (crc,) = struct.unpack_from(">I", png, place + 8 + length)
        assert crc == zlib.crc32(kind + data)
        yield kind, data
        place += 12 + length


def test_the_png_is_one_bit_grey_and_nothing_else():
    found = dict(chunks(images.png(TEXT)))

    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", found[b"IHDR"]) == (246, 246, 1, 0, 0, 0, 0)
    assert len(zlib.decompress(found[b"IDAT"])) == 246 * 32


def test_the_image_is_the_same_bytes_in_every_answer():
    png = images.png(TEXT)

    assert images.png(TEXT) == png != images.png("other")
    head, body = images.data_uri(TEXT).split(",")
    assert (head, base64.b64decode(body)) == ("data:image/png;base64", png)


def test_the_image_is_the_same_bytes_in_every_thread_and_process():
    png = images.png(TEXT)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(images.png, [TEXT] * 400)) == {png}

    script = f"from qrcodes import images; print(images.png({TEXT!r}).hex())"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert bytes.fromhex(other.stdout.decode()) == png


def test_the_drawn_symbol_never_changes():
    """Printed tickets are compared with shown ones: another encoder may not move a module."""
    drawn = b"".join(images.matrix(TEXT))

    assert hashlib.sha256(drawn).hexdigest() == (
        "5ea05a755b218ad68f7964d6b56811cf8a05c9ef1d760d553b2e181ec2acc13b"
    )


@pytest.mark.parametrize("text", ["", "é", "漢字", "\ud800", "A" * 3392, "a" * 2332])
def test_what_fits_no_symbol_is_refused(text):
    with pytest.raises(ValueError):
        images.png(text)
