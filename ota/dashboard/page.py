"""The admin's home: all that a user may see of how things are, and the part that renews itself."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from inventory.models import AllocationMove, ChannelAllocation, UrgentRelease
from ticketing.models import Order, Reservation

from ..models import Alert, ApiCall, Heartbeat
from . import figures, rows, words
from .attention import notices
from .lists import Lists
from .shapes import UTILISATION_TARGET, Figures, Part

EVERY = 15  # seconds
# Who may see a part: whoever may see the lists that it adds up.
BEHIND = {
    Part.STOCK: (ChannelAllocation,),
    Part.HOLDS: (Reservation, AllocationMove),
    Part.SALES: (Order,),
    Part.CALLS: (ApiCall,),
    Part.ALERTS: (Alert,),
    Part.RELEASES: (UrgentRelease,),
    Part.HEALTH: (Heartbeat,),
}


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the home shows beside what every page of the back office does."""
    return {**context, **overview(request), "refresh": reverse("overview"), "every": EVERY}


@never_cache
def _refreshed(request: HttpRequest) -> HttpResponse:
    """The overview alone, as it is now."""
    return render(request, "admin/overview.html", overview(request))


def overview(request: HttpRequest) -> dict[str, Any]:
    """Everything the overview shows to this user; nothing else is counted."""
    lists = Lists(request.user)
    parts = {part for part, models in BEHIND.items() if all(map(lists.may_see, models))}
    shown = figures.read(parts) if parts else None
    return {"shown": shown, "sections": _sections(shown, lists) if shown else {}}


def _sections(shown: Figures, lists: Lists) -> dict[str, Any]:
    return {
        "notices": notices(shown, lists),
        "open_alerts": lists.of(Alert),
        "every": EVERY,
        "channels": rows.channels(shown, lists),
        "stock": rows.stock(shown, lists),
        "holds": rows.holds(shown, lists),
        "sales": rows.sales(shown, lists),
        "callers": rows.callers(shown, lists),
        "health": rows.health(shown, lists),
        "days": figures.DAYS,
        "utilisation_target": UTILISATION_TARGET,
        "target": words.width(UTILISATION_TARGET),
    }


refreshed = admin.site.admin_view(_refreshed)
