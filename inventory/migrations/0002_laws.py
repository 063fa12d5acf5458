"""What the database itself refuses."""

from django.db import migrations

LAWS = """
-- The hot row: room for its own new versions on the page, vacuumed early.
ALTER TABLE inventory_allocationcounter SET (
  fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE FUNCTION history_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Only the test settings set this; test databases are emptied between tests.
  IF TG_OP = 'TRUNCATE' AND current_setting('gangway.may_truncate', true) = 'on' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% is history: it is never changed or deleted', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER moves_are_final BEFORE UPDATE OR DELETE ON inventory_allocationmove
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER moves_are_not_emptied BEFORE TRUNCATE ON inventory_allocationmove
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();

-- A counter changes together with its move, in one statement, or not at all; never backwards.
CREATE FUNCTION counter_has_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.version <= OLD.version OR NOT EXISTS (
    SELECT FROM inventory_allocationmove m
     WHERE m.allocation_id = NEW.allocation_id AND m.seq = NEW.version
       AND m.allocated = NEW.allocated AND m.reserved = NEW.reserved AND m.sold = NEW.sold)
  THEN
    RAISE EXCEPTION 'allocation % version % has no move', NEW.allocation_id, NEW.version
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER counter_remembers AFTER UPDATE ON inventory_allocationcounter
  FOR EACH ROW EXECUTE FUNCTION counter_has_move();
CREATE TRIGGER counter_starts_empty AFTER INSERT ON inventory_allocationcounter
  FOR EACH ROW
  WHEN (NEW.version <> 0 OR NEW.allocated <> 0 OR NEW.reserved <> 0 OR NEW.sold <> 0)
  EXECUTE FUNCTION counter_has_move();
CREATE TRIGGER counters_stay BEFORE DELETE ON inventory_allocationcounter
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER counters_are_not_emptied BEFORE TRUNCATE ON inventory_allocationcounter
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();
-- A pool that went to another product would take its units past that product's capacity.
CREATE TRIGGER allocations_stay BEFORE UPDATE OR DELETE ON inventory_channelallocation
  FOR EACH ROW EXECUTE FUNCTION history_is_final();

-- The pools of a product never add up to more than its capacity. The product row is locked, so
-- that two changes of two pools cannot each be fine on their own.
CREATE FUNCTION pools_fit_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  this integer;
  room bigint;
BEGIN
  IF TG_TABLE_NAME = 'inventory_product' THEN
    this := NEW.id;
  ELSE
    SELECT product_id INTO this FROM inventory_channelallocation WHERE id = NEW.allocation_id;
  END IF;
  SELECT capacity INTO room FROM inventory_product WHERE id = this FOR NO KEY UPDATE;
  IF room < (SELECT coalesce(sum(c.allocated), 0) FROM inventory_allocationcounter c
               JOIN inventory_channelallocation a ON a.id = c.allocation_id
              WHERE a.product_id = this)
  THEN
    RAISE EXCEPTION 'the pools of product % exceed its capacity of %', this, room
      USING ERRCODE = 'check_violation', CONSTRAINT = 'pools_fit_capacity';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER pools_fit_capacity AFTER UPDATE OF allocated
  ON inventory_allocationcounter DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.allocated <> OLD.allocated) EXECUTE FUNCTION pools_fit_capacity();
CREATE CONSTRAINT TRIGGER capacity_fits_pools AFTER UPDATE OF capacity
  ON inventory_product DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.capacity < OLD.capacity) EXECUTE FUNCTION pools_fit_capacity();
"""

UNDO = """
DROP TRIGGER capacity_fits_pools ON inventory_product;
DROP TRIGGER pools_fit_capacity ON inventory_allocationcounter;
DROP TRIGGER allocations_stay ON inventory_channelallocation;
DROP TRIGGER counters_are_not_emptied ON inventory_allocationcounter;
DROP TRIGGER counters_stay ON inventory_allocationcounter;
DROP TRIGGER counter_starts_empty ON inventory_allocationcounter;
DROP TRIGGER counter_remembers ON inventory_allocationcounter;
DROP TRIGGER moves_are_not_emptied ON inventory_allocationmove;
DROP TRIGGER moves_are_final ON inventory_allocationmove;
DROP FUNCTION pools_fit_capacity();
DROP FUNCTION counter_has_move();
DROP FUNCTION history_is_final();
ALTER TABLE inventory_allocationcounter RESET (
  fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
