"""What one cause did to the stock, as a timeline on its page."""

import uuid

from django.template.loader import render_to_string

from ..models import AllocationMove

COLOURS = {
    "set_up": "info",
    "adjust": "info",
    "reallocate": "info",
    "hold": "warning",
    "sell": "success",
    "give_back": "danger",
}


def timeline(cause_id: uuid.UUID) -> str:
    """Its moves, oldest first: how many units, when, by whom and why."""
    moves = AllocationMove.objects.filter(cause_id=cause_id).order_by("pk")
    told = [
        {
            "what": move.get_kind_display(),
            "colour": COLOURS.get(move.kind),
            "units": (units := max(map(abs, (move.d_allocated, move.d_reserved, move.d_sold)))),
            "said": f"{units:,}",
            "move": move,
        }
        for move in moves
    ]
    return render_to_string("admin/stock_timeline.html", {"moves": told})
