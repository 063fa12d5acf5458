"""A rule judges whether the two accounts of an emergency release were in one hand."""

from django.db import migrations

# Rule, severity, limit, judged from, minutes looked at; what has no number has None.
THRESHOLDS = [("release_by_one_hand", "warning", None, None, 60 * 24 * 7)]


def add_thresholds(apps, schema_editor):
    threshold = apps.get_model("ota", "AlertThreshold")
    names = ("rule", "severity", "value", "minimum", "window_minutes")
    threshold.objects.bulk_create(
        threshold(**dict(zip(names, row, strict=True))) for row in THRESHOLDS
    )


class Migration(migrations.Migration):
    dependencies = [("ota", "0012_the_sender_shows_itself")]

    operations = [migrations.RunPython(add_thresholds, migrations.RunPython.noop)]
