"""The roles of the staff as groups.

When the table in ota/roles.py changes, a new migration makes the groups again, in the same way.
"""

from django.db import migrations

from ota import roles


def make_the_groups(apps, schema_editor):
    roles.apply()


class Migration(migrations.Migration):
    dependencies = [
        ("ota", "0007_webhooks"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("axes", "0010_accessattemptexpiration"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("customers", "0001_initial"),
        ("inventory", "0004_urgent_releases"),
        ("otp_static", "0003_add_timestamps"),
        ("otp_totp", "0003_add_timestamps"),
        ("resellers", "0005_partner_history"),
        ("ticketing", "0014_reveal_personal_data"),
    ]

    operations = [migrations.RunPython(make_the_groups, migrations.RunPython.noop)]
