from django.apps import AppConfig


class DirectConfig(AppConfig):
    name = "direct"
    verbose_name = "Direct channel"
