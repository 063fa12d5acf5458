from django.apps import AppConfig


class OtaConfig(AppConfig):
    name = "ota"
    verbose_name = "OTA channel"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers itself
