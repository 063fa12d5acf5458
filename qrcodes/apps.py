from django.apps import AppConfig


class QrcodesConfig(AppConfig):
    """Seals, reads and draws QR codes; keeps no tables."""

    name = "qrcodes"
    verbose_name = "QR codes"

    def ready(self) -> None:
        from qrcodes import checks  # noqa: F401  registers the key checks
