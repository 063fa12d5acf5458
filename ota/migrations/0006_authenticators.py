"""The authenticator app of a member of staff, as the back office shows it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ota", "0005_usage"), ("otp_totp", "0003_add_timestamps")]

    operations = [
        migrations.CreateModel(
            name="Authenticator",
            fields=[],
            options={
                "verbose_name": "authenticator",
                "verbose_name_plural": "authenticators",
                "ordering": ["user__username", "-id"],
                "permissions": [
                    ("reset_authenticator", "Can take a colleague's second factor away"),
                    ("end_sessions", "Can log a colleague out everywhere"),
                    ("assign_roles", "Can give and take roles"),
                ],
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("otp_totp.totpdevice",),
        ),
    ]
