from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config.actors import Actor
from ticketing import linking
from ticketing.linking import Linked

BY = Actor("system:link-resellers")


class Command(BaseCommand):
    help = (
        "Link batches that name their reseller only to the registry; unknown names are "
        "registered. Safe to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for linked in linking.link_all(at=timezone.now(), by=BY):
            self.stdout.write(_told(linked))
        self.stdout.write("Done: no other batch names a reseller it is not linked to.")


def _told(linked: Linked) -> str:
    batches = f"{linked.partner}: {linked.batches} batches of {linked.name!r}"
    if linked.reseller is None:
        return f"{batches} left alone: several resellers have this name"
    new = " (new)" if linked.is_new else ""
    return f"{batches} linked to {linked.reseller.reseller_code}{new}"
