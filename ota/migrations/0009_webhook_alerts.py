"""The limits of the rules about webhooks."""

from django.db import migrations

# Rule, severity, limit, judged from, minutes looked at; what has no number has None.
THRESHOLDS = [
    ("webhook_failing", "warning", 15, 3, None),
    ("webhook_off", "warning", None, None, 10080),
]


def add_thresholds(apps, schema_editor):
    threshold = apps.get_model("ota", "AlertThreshold")
    names = ("rule", "severity", "value", "minimum", "window_minutes")
    threshold.objects.bulk_create(
        threshold(**dict(zip(names, row, strict=True))) for row in THRESHOLDS
    )


class Migration(migrations.Migration):
    dependencies = [("ota", "0008_roles")]

    operations = [migrations.RunPython(add_thresholds, migrations.RunPython.noop)]
