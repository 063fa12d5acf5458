"""What the reports of the back office have in common: files, and the note that one was taken."""

from django.http import Http404, HttpRequest

from config.admin_exports import KINDS
from config.admin_staff_log import note

from ..models import ApiCall


def kind_of_file(kind: str) -> str:
    """csv or xlsx; raises Http404."""
    if kind not in KINDS:
        raise Http404
    return kind


def note_export(request: HttpRequest, what: str, said: str) -> None:
    """In the staff log: who took which figures out of the house."""
    note(request, ApiCall, f"Exported {said}", name=what)
