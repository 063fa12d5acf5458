"""Thousands of pictures by a process of their own: the same bytes, and loud when it fails."""

import os
import subprocess
import sys

import pytest

from qrcodes import drawing, images
from tests.qrcodes.test_images import TEXT


def parts(count: int) -> list[tuple[str, str]]:
    return [(f'",{{"number":{n},"qr":"', f"{TEXT}{n}") for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, drawing.FEW, drawing.FEW + 1, 1000])
def test_many_are_drawn_like_one(count: int) -> None:
    expected = "".join(text + images.data_uri(payload) for text, payload in parts(count))
    assert drawing.illustrated(parts(count)) == expected.encode()


@pytest.mark.parametrize("count", [drawing.FEW, drawing.FEW + 1])
def test_one_that_cannot_be_drawn_fails_all_of_them(count: int) -> None:
    with pytest.raises((ValueError, subprocess.CalledProcessError)):
        drawing.illustrated([*parts(count - 1), ("", "A" * 4000)])


def test_the_process_lets_others_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "import os; from qrcodes import drawing; drawing._draw_what_is_sent(); print(os.nice(0))"
    )
    done = subprocess.run([sys.executable, "-c", script], input=b"", stdout=subprocess.PIPE)
    assert int(done.stdout) == min(os.nice(0) + drawing.NICENESS, 19)
