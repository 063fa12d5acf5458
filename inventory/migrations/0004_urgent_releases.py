"""Emergency releases and what the database refuses of them; the history of allocations."""

import uuid

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

LAWS = """
-- A release begins as a wish; what was wished for never changes; it is decided once, in time.
CREATE FUNCTION release_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'requested' THEN
      RAISE EXCEPTION 'an emergency release begins as a request'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_release_begins_as_a_request';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.status <> 'requested' THEN
    RAISE EXCEPTION 'emergency release % is decided: it is never changed', OLD.id
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF (NEW.id, NEW.product_id, NEW.partner, NEW.units, NEW.source, NEW.reason,
      NEW.requested_by_id, NEW.requested_at, NEW.expires_at)
     IS DISTINCT FROM
     (OLD.id, OLD.product_id, OLD.partner, OLD.units, OLD.source, OLD.reason,
      OLD.requested_by_id, OLD.requested_at, OLD.expires_at)
  THEN
    RAISE EXCEPTION 'what emergency release % asks for is never changed', OLD.id
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.status <> 'requested' AND clock_timestamp() >= OLD.expires_at THEN
    RAISE EXCEPTION 'emergency release % has expired', OLD.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'a_release_is_decided_in_time';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER release_is_decided_once BEFORE INSERT OR UPDATE ON inventory_urgentrelease
  FOR EACH ROW EXECUTE FUNCTION release_is_decided_once();
CREATE TRIGGER releases_stay BEFORE DELETE ON inventory_urgentrelease
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER releases_are_not_emptied BEFORE TRUNCATE ON inventory_urgentrelease
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();

-- What was approved has moved when its transaction ends: these units into the partners' pool,
-- and as many out of the other one where they come from there.
CREATE FUNCTION approved_release_has_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT coalesce(sum(m.d_allocated) FILTER (WHERE a.channel = 'ota'), 0) = NEW.units
         AND coalesce(sum(m.d_allocated) FILTER (WHERE a.channel = 'direct'), 0)
             = CASE NEW.source WHEN 'direct' THEN -NEW.units ELSE 0 END
         AND count(*) = CASE NEW.source WHEN 'direct' THEN 2 ELSE 1 END
        FROM inventory_allocationmove m
        JOIN inventory_channelallocation a ON a.id = m.allocation_id
       WHERE m.cause_id = NEW.id AND m.kind = 'urgent' AND a.product_id = NEW.product_id)
  THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'emergency release % is approved, but its units have not moved', NEW.id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'approved_release_has_moved';
END $$;

CREATE CONSTRAINT TRIGGER approved_release_has_moved AFTER UPDATE OF status
  ON inventory_urgentrelease DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.status = 'approved') EXECUTE FUNCTION approved_release_has_moved();
"""

UNDO = """
DROP TRIGGER approved_release_has_moved ON inventory_urgentrelease;
DROP TRIGGER releases_are_not_emptied ON inventory_urgentrelease;
DROP TRIGGER releases_stay ON inventory_urgentrelease;
DROP TRIGGER release_is_decided_once ON inventory_urgentrelease;
DROP FUNCTION approved_release_has_moved();
DROP FUNCTION release_is_decided_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0003_product_type_fits_a_code"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # An index over millions of moves takes longer than a request may.
        migrations.RunSQL("SET LOCAL statement_timeout = '10min'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="UrgentRelease",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("partner", models.CharField(max_length=40, verbose_name="partner")),
                (
                    "units",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="units",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("direct", "the pool of direct sales"),
                            ("capacity", "more capacity"),
                        ],
                        max_length=10,
                        verbose_name="taken from",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("requested_at", models.DateTimeField(verbose_name="requested at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "waits for approval"),
                            ("approved", "approved"),
                            ("rejected", "rejected"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="decided at"),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="note on the decision"
                    ),
                ),
            ],
            options={
                "verbose_name": "emergency release",
                "verbose_name_plural": "emergency releases",
                "ordering": ["-requested_at", "-id"],
                "permissions": [
                    ("request_release", "Can request an emergency release"),
                    ("approve_release", "Can approve or reject an emergency release"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AllocationChange",
            fields=[],
            options={
                "verbose_name": "allocation change",
                "verbose_name_plural": "allocation changes",
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("inventory.allocationmove",),
        ),
        migrations.AlterModelOptions(
            name="channelallocation",
            options={
                "ordering": ["product_id", "channel"],
                "permissions": [
                    ("reallocate_stock", "Can move stock between the pools of a product")
                ],
            },
        ),
        migrations.AlterField(
            model_name="allocationmove",
            name="kind",
            field=models.CharField(
                choices=[
                    ("set_up", "Set up"),
                    ("adjust", "Allocation changed"),
                    ("hold", "Held"),
                    ("sell", "Sold"),
                    ("release", "Hold released"),
                    ("expire", "Hold expired"),
                    ("give_back", "Sale returned"),
                    ("reallocate", "Reallocated"),
                    ("urgent", "Emergency release"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="allocationmove",
            index=models.Index(
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("d_allocated", 0), _negated=True),
                name="changes_of_allocation",
            ),
        ),
        migrations.AddField(
            model_name="urgentrelease",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decided by",
            ),
        ),
        migrations.AddField(
            model_name="urgentrelease",
            name="product",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="urgent_releases",
                to="inventory.product",
                verbose_name="product",
            ),
        ),
        migrations.AddField(
            model_name="urgentrelease",
            name="requested_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="requested by",
            ),
        ),
        migrations.AddConstraint(
            model_name="urgentrelease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("units__gte", 1),
                    models.Q(("reason", ""), _negated=True),
                    models.Q(("partner", ""), _negated=True),
                ),
                name="a_release_says_what_for",
            ),
        ),
        migrations.AddConstraint(
            model_name="urgentrelease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("status", "requested")),
                    models.Q(
                        models.Q(("status", "requested"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_decision_has_a_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="urgentrelease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["approved", "rejected"]), _negated=True),
                    models.Q(("decided_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="another_account_decides",
            ),
        ),
        migrations.AddConstraint(
            model_name="urgentrelease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "withdrawn"), _negated=True),
                    ("decided_by", models.F("requested_by")),
                    _connector="OR",
                ),
                name="a_withdrawal_is_the_requesters",
            ),
        ),
        migrations.AddConstraint(
            model_name="urgentrelease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["requested", "approved"]),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_no_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="urgentrelease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("source__in", ["direct", "capacity"]),
                    ("status__in", ["requested", "approved", "rejected", "withdrawn"]),
                ),
                name="known_status_and_source",
            ),
        ),
        migrations.RunSQL(LAWS, UNDO),
    ]
