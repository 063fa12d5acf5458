from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ota", "0004_alert_thresholds"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="apicall",
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("view_usage", "Can view partner usage"),
                    ("view_businessmetrics", "Can view monthly business metrics"),
                ],
                "verbose_name": "API call",
            },
        ),
    ]
