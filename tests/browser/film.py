"""What a camera would see: QR codes of ours, as a film that Chromium shows instead of a camera."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from qrcodes import images
from tests.browser.chromium import Picture, picture

WIDTH, HEIGHT = 640, 480
SIDE = 360  # of a code
SCENE = 24  # frames


def flags(film: Path) -> list[str]:
    """A camera that shows the film again and again, and that every page may use."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]


def shoot(texts: Iterable[str], film: Path, *, noise: float = 6, gap: int = SCENE) -> Path:
    """Each text as a code in somebody's hand, with a moment of nothing after it."""
    room = _room(noise)
    scenes = (_jpeg(_code(text, room)) * SCENE + _jpeg(room) * gap for text in texts)
    film.write_bytes(b"".join(scenes))
    return film


def _room(noise: float) -> Picture:
    """An uneven, not quite dark wall, as noisy as a cheap camera sees it."""
    light = np.linspace(70, 130, WIDTH)[None, :, None] + np.zeros((HEIGHT, WIDTH, 3))
    grain = np.random.default_rng(7).normal(0, noise, light.shape)
    return (light + grain).clip(0, 255).astype(np.uint8)


def _code(text: str, room: Picture) -> Picture:
    """Held a little askew, out of the middle and slightly out of focus."""
    code = cv2.resize(picture(images.png(text)), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 6, 0.92)
    turn[:, 2] += np.array([(WIDTH - SIDE) / 2 + 12, (HEIGHT - SIDE) / 2 - 8])
    paper = np.full((SIDE, SIDE), 255, np.uint8)
    held = cv2.warpAffine(paper, turn, (WIDTH, HEIGHT)) > 0
    seen = room.copy()
    seen[held] = cv2.warpAffine(code, turn, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)[held] * 0.85
    return cv2.GaussianBlur(seen, (3, 3), 0)


def _jpeg(frame: Picture) -> bytes:
    _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return data.tobytes()
