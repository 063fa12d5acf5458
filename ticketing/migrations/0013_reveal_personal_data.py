from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ticketing", "0011_phones_of_20_digits"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "ordering": ["-created_at"],
                "permissions": [
                    ("erase_customer", "Can erase customers"),
                    (
                        "reveal_personal_data",
                        "Can look at personal data unmasked; every look is logged",
                    ),
                ],
            },
        ),
    ]
