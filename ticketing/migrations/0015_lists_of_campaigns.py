import django.contrib.postgres.fields
from django.db import migrations, models

LISTS = ("special_conditions", "marketing_tags")


def nothing_was_said(apps, schema_editor):
    """Until here a list that was not sent was kept as an empty one."""
    batches = apps.get_model("ticketing", "Batch").objects
    for name in LISTS:
        batches.filter(**{name: []}).update(**{name: None})


def nothing_is_empty(apps, schema_editor):
    batches = apps.get_model("ticketing", "Batch").objects
    for name in LISTS:
        batches.filter(**{name: None}).update(**{name: []})


class Migration(migrations.Migration):
    dependencies = [("ticketing", "0014_reveal_personal_data")]

    operations = [
        *(
            migrations.AlterField(
                model_name="batch",
                name=name,
                field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=100), blank=True, null=True, size=None
                ),
            )
            for name in LISTS
        ),
        migrations.RunPython(nothing_was_said, nothing_is_empty),
    ]
