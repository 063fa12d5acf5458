"""The second factor of a member of staff: an app that shows a new code every 30 seconds."""

from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from config import credentials


class Authenticator(TOTPDevice):
    """An authenticator app; what the database keeps of its key makes no code by itself."""

    class Meta:
        proxy = True
        ordering = ["user__username", "-id"]
        verbose_name = _("authenticator")
        verbose_name_plural = _("authenticators")
        default_permissions = ("view",)
        permissions = [
            ("reset_authenticator", "Can take a colleague's second factor away"),
            ("end_sessions", "Can log a colleague out everywhere"),
            ("assign_roles", "Can give and take roles"),
        ]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def bin_key(self) -> bytes:
        """The key the app was given: the stored one, under the pepper of the settings."""
        return credentials.digest(f"authenticator:{self.key}")[:20]
