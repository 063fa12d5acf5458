"""The roles of the staff as groups, and the model behind the second step of a login.

When the table in ota/roles.py changes, a new migration makes the groups again:

    operations = [migrations.RunPython(lambda apps, editor: roles.apply(), migrations.RunPython.noop)]
"""

from django.db import migrations

from ota import roles


def make_the_groups(apps, schema_editor):
    roles.apply()


class Migration(migrations.Migration):
    dependencies = [
        ("ota", "0003_alerts"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("axes", "0010_accessattemptexpiration"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("customers", "0001_initial"),
        ("inventory", "0003_product_type_fits_a_code"),
        ("otp_static", "0003_add_timestamps"),
        ("otp_totp", "0003_add_timestamps"),
        ("resellers", "0004_history_is_final"),
        ("ticketing", "0013_reveal_personal_data"),
    ]

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
        migrations.RunPython(make_the_groups, migrations.RunPython.noop),
    ]
