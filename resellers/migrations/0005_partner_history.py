import django.db.models.deletion
from django.db import migrations, models

LAWS = """
CREATE TRIGGER partnerchange_is_final BEFORE UPDATE OR DELETE ON resellers_partnerchange
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER partnerchange_is_not_emptied BEFORE TRUNCATE ON resellers_partnerchange
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();
"""
UNDO = """
DROP TRIGGER partnerchange_is_not_emptied ON resellers_partnerchange;
DROP TRIGGER partnerchange_is_final ON resellers_partnerchange;
"""
KINDS = [
    ("registered", "Registered"),
    ("changed", "Changed"),
    ("deactivated", "Deactivated"),
    ("reactivated", "Reactivated"),
    ("key_issued", "Key Issued"),
    ("key_changed", "Key Changed"),
    ("key_rotated", "Key Rotated"),
    ("key_revoked", "Key Revoked"),
    ("secret_made", "Payment secret made"),
    ("secret_ended", "Payment secret ended"),
]
PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    # The function that refuses belongs to the whole database; inventory makes it.
    dependencies = [("resellers", "0004_history_is_final"), ("inventory", "0002_laws")]
    operations = [
        migrations.CreateModel(
            name="PartnerChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("by", models.CharField(max_length=80)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "key",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=PROTECT,
                        related_name="history",
                        to="resellers.apikey",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="history", to="resellers.partner"
                    ),
                ),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.RunSQL(LAWS, UNDO),
    ]
