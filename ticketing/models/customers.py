import uuid
from datetime import datetime

from django.db import models

NOBODY = {"name": "erased", "email": "erased@erased.invalid", "phone": "000000"}


class CustomerQuerySet(models.QuerySet["Customer"]):
    def erase(self, *, at: datetime) -> int:
        """Put nobody in the place of these people; returns how many there were."""
        return self.filter(erased_at=None).update(**NOBODY, special_requests="", erased_at=at)


class Customer(models.Model):
    """A person's details, kept apart from the ledger, which knows only the opaque id.

    Who was erased keeps the id; NOBODY stands in the place of the person.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=21, blank=True)  # a plus and 20 digits
    special_requests = models.TextField(blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        permissions = [
            ("erase_customer", "Can erase customers"),
            ("reveal_personal_data", "Can look at personal data unmasked; every look is logged"),
        ]

    def __str__(self) -> str:
        return str(self.id)
