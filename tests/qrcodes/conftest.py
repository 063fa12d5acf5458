import pytest

from tests.qrcodes.make_vectors import KEYRINGS


@pytest.fixture(autouse=True)
def qr_keys(settings):
    """The key ring of the vectors: 2 seals; 1, 2, 3, 5 and 65535 read; 4 is destroyed."""
    settings.QR_KEYS = KEYRINGS["main"]
