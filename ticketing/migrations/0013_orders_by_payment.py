from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ticketing", "0012_operators_deeds"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=BrinIndex(fields=["confirmed_at"], name="orders_by_payment"),
        ),
    ]
