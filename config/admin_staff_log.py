"""What staff did to one object in the back office, as a timeline on its page."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.template.loader import render_to_string

MOST = 50


def staff_log(about: Model) -> str:
    """The last entries of the staff log about it, oldest first."""
    kind = ContentType.objects.get_for_model(about)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(about.pk))
    newest = entries.select_related("user").order_by("-pk")[:MOST]
    return render_to_string("admin/staff_log.html", {"entries": reversed(newest)})
