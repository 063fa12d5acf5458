"""What the stock declines, in the words of the back office and in the language of its reader."""

from django.utils.translation import gettext_lazy as _

from config.admin_ground import Words
from config.errors import Refusal

WORDS: dict[str, Words] = {
    "already_moved": _("These units have been moved already; nothing more was moved."),
    "stock_changed": _("The stock has changed since the preview. Look at the new numbers."),
    "reallocation_check_failed": _("A check does not hold: nothing was moved."),
    "allocation_below_committed": _(
        "There are not enough units that are neither held nor sold: nothing was moved."
    ),
    "unknown_product": _("The product does not have the pools for this."),
    "release_not_found": _("There is no such emergency release."),
    "release_decided": _("This release has been decided meanwhile."),
    "release_expired": _("Nobody approved this release within 24 hours. Ask for a new one."),
    "other_account_needed": _("Another account than the requester's has to decide."),
    "requester_only": _("Only the account that asked for this release can withdraw it."),
}


def said(refusal: Refusal) -> Words:
    """The refusal for somebody who reads a page; its own English words where we have none."""
    return WORDS.get(refusal.code, refusal.detail)
