from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.http import HttpRequest

BACKEND = "django.contrib.auth.backends.ModelBackend"


class Command(BaseCommand):
    help = "Make somebody who may look at everything; prints the cookie of a session."

    def handle(self, *args: Any, **options: Any) -> None:
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore()
        login(request, User.objects.create_superuser("watcher"), BACKEND)
        request.session.save()
        self.stdout.write(f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}")
