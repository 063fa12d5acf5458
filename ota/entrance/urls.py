"""The pages between the password and the back office."""

from typing import Any

from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache

from config.admin_site import relaxed

from .second_step import BackupCodesView, EnrolmentView, SecondStepView


def _page(route: str, view: Any, name: str) -> URLPattern:
    return path(route, relaxed(never_cache(view.as_view())), name=name)


urlpatterns = [
    _page("", SecondStepView, "second-step"),
    _page("enrolment", EnrolmentView, "enrolment"),
    _page("backup-codes", BackupCodesView, "backup-codes"),
]
