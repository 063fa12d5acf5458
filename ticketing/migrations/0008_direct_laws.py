"""Only the direct pool is held without a partner."""

from django.db import migrations

LAWS = """
CREATE FUNCTION held_without_a_partner_is_direct() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT channel FROM inventory_channelallocation WHERE id = NEW.allocation_id) <> 'direct' THEN
    RAISE EXCEPTION 'only the direct pool is held without a partner'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'held_without_a_partner_is_direct';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER held_without_a_partner_is_direct
  BEFORE INSERT OR UPDATE OF partner_id, allocation_id ON ticketing_reservation
  FOR EACH ROW WHEN (NEW.partner_id IS NULL)
  EXECUTE FUNCTION held_without_a_partner_is_direct();
"""
UNDO = """
DROP TRIGGER held_without_a_partner_is_direct ON ticketing_reservation;
DROP FUNCTION held_without_a_partner_is_direct();
"""


class Migration(migrations.Migration):
    dependencies = [("ticketing", "0007_direct"), ("inventory", "0002_laws")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
