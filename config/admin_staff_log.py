"""The staff log: what is written there, and what it says of one object on its page."""

from typing import cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string

MOST = 50


def account(request: HttpRequest) -> User:
    """Of whoever acts in the back office, which nobody enters without one."""
    return cast(User, request.user)


def note(
    request: HttpRequest,
    about: Model | type[Model],
    message: str,
    *,
    name: str = "",
    flag: int = CHANGE,
    for_concrete_model: bool = True,
) -> None:
    """Write down what somebody did: to one object, or to a whole model under a `name`."""
    kinds = ContentType.objects
    LogEntry.objects.create(
        user=account(request),
        content_type=kinds.get_for_model(about, for_concrete_model=for_concrete_model),
        object_id=str(about.pk) if isinstance(about, Model) else "",
        object_repr=name or str(about)[:200],
        action_flag=flag,
        change_message=message,
    )


def staff_log(about: Model) -> str:
    """The last entries of the staff log about it, oldest first."""
    kind = ContentType.objects.get_for_model(about)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(about.pk))
    newest = entries.select_related("user").order_by("-pk")[:MOST]
    return render_to_string("admin/staff_log.html", {"entries": reversed(newest)})
