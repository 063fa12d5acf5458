from typing import Any

from django.core.management.base import BaseCommand
from django.urls import get_resolver

from ota.pages import error_file


class Command(BaseCommand):
    help = "Write the error catalogue into docs/, in both languages."

    def handle(self, *args: Any, **options: Any) -> None:
        _ = get_resolver().url_patterns  # every app that can decline something is imported by it
        for language in error_file.FILES:
            path = error_file.path_of(language)
            path.write_text(error_file.written(language), encoding="utf-8")
            self.stdout.write(f"wrote {path}")
