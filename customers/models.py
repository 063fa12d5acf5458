"""Who buys for themselves."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class AccountQuerySet(models.QuerySet["Account"]):
    def called(self, email: str) -> "AccountQuerySet":
        """The account of an e-mail address, however its letters are written."""
        return self.filter(email=email.lower())


class Account(models.Model):
    """Somebody who logs in to buy; what is sold knows only the opaque id.

    An erased account keeps its id and nothing of the person.
    """

    is_authenticated = True  # what Django asks of a caller
    is_anonymous = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(  # noqa: DJ001  unique, and many are erased
        max_length=254, unique=True, null=True, help_text="In lower case."
    )
    name = models.CharField(max_length=100, blank=True)
    password = models.CharField(max_length=128, help_text="Its hash.")
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = "customer account"
        ordering = ["-created_at", "-id"]
        permissions = [("erase_account", "Can erase customers")]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None, email__isnull=False)
                | Q(erased_at__isnull=False, email=None, name="", password="", is_active=False),
                name="erased_accounts_are_nobody",
            ),
            models.CheckConstraint(
                condition=Q(email=None) | Q(email=Lower("email")), name="account_email_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
