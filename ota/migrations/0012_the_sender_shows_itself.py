"""The sender shows that it lives, as beat and the worker do, and a rule judges it."""

from django.db import migrations, models

# Rule, severity, limit, judged from, minutes looked at; what has no number has None.
THRESHOLDS = [("sender_silent", "warning", 120, None, None)]


def add_thresholds(apps, schema_editor):
    threshold = apps.get_model("ota", "AlertThreshold")
    names = ("rule", "severity", "value", "minimum", "window_minutes")
    threshold.objects.bulk_create(
        threshold(**dict(zip(names, row, strict=True))) for row in THRESHOLDS
    )


class Migration(migrations.Migration):
    dependencies = [("ota", "0011_names_as_staff_say")]

    operations = [
        migrations.AlterField(
            model_name="heartbeat",
            name="part",
            field=models.CharField(
                choices=[("beat", "Beat"), ("worker", "Worker"), ("sender", "Sender")],
                max_length=10,
                primary_key=True,
                serialize=False,
            ),
        ),
        migrations.RunPython(add_thresholds, migrations.RunPython.noop),
    ]
