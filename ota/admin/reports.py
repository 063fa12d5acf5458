"""What the reports of the back office have in common: files, and the note that one was taken."""

from typing import cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest

from ticketing.admin.exports import KINDS

from ..models import ApiCall


def kind_of_file(kind: str) -> str:
    """csv or xlsx; raises Http404."""
    if kind not in KINDS:
        raise Http404
    return kind


def note_export(request: HttpRequest, what: str, said: str) -> None:
    """In the staff log: who took which figures out of the house."""
    LogEntry.objects.create(
        user=cast(User, request.user),
        content_type=ContentType.objects.get_for_model(ApiCall),
        object_id="",
        object_repr=what,
        action_flag=CHANGE,
        change_message=f"Exported {said}",
    )
