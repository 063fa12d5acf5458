"""What the database itself refuses at the gate."""

from django.db import migrations

LAWS = """
ALTER TABLE ticketing_ticket
  ADD CONSTRAINT uses_never_negative CHECK (
    NOT jsonb_path_exists(entitlements, '$[*].remaining_uses ? (@ < 0)')),
  ADD CONSTRAINT used_tickets_are_spent CHECK (
    status <> 'USED' OR NOT jsonb_path_exists(entitlements, '$[*].remaining_uses ? (@ > 0)'));

-- The uses of a ticket change together with a redemption that says so, or not at all.
CREATE FUNCTION uses_have_redemptions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb;
  now jsonb;
  latest record;
BEGIN
  FOR place IN 0 .. greatest(jsonb_array_length(OLD.entitlements),
                             jsonb_array_length(NEW.entitlements)) - 1 LOOP
    was := OLD.entitlements -> place;
    now := NEW.entitlements -> place;
    CONTINUE WHEN was = now;
    SELECT change, remaining INTO latest FROM ticketing_redemption
     WHERE ticket_id = NEW.id AND function_code = now ->> 'function_code'
     ORDER BY seq DESC LIMIT 1;
    IF was - 'remaining_uses' IS DISTINCT FROM now - 'remaining_uses'
      OR latest.remaining IS DISTINCT FROM (now ->> 'remaining_uses')::int
      OR latest.change IS DISTINCT FROM latest.remaining - (was ->> 'remaining_uses')::int
    THEN
      RAISE EXCEPTION 'ticket %: uses of % changed without a redemption', NEW.id,
        coalesce(now, was) ->> 'function_code'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'uses_have_redemptions';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER uses_have_redemptions AFTER UPDATE OF entitlements ON ticketing_ticket
  FOR EACH ROW WHEN (NEW.entitlements IS DISTINCT FROM OLD.entitlements)
  EXECUTE FUNCTION uses_have_redemptions();

-- A redemption follows from the one before it, and its ticket has the uses that it says are left.
CREATE FUNCTION redemption_has_its_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
       SELECT FROM ticketing_ticket t,
              jsonb_to_recordset(t.entitlements) AS r(function_code text, remaining_uses int)
        WHERE t.id = NEW.ticket_id AND r.function_code = NEW.function_code
          AND r.remaining_uses = NEW.remaining)
    OR (NEW.seq > 1 AND NOT EXISTS (
       SELECT FROM ticketing_redemption
        WHERE ticket_id = NEW.ticket_id AND function_code = NEW.function_code
          AND seq = NEW.seq - 1 AND remaining + NEW.change = NEW.remaining))
  THEN
    RAISE EXCEPTION 'ticket %: redemption % of % has no use', NEW.ticket_id, NEW.seq,
      NEW.function_code USING ERRCODE = 'check_violation', CONSTRAINT = 'redemption_has_its_use';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER redemption_has_its_use AFTER INSERT ON ticketing_redemption
  FOR EACH ROW EXECUTE FUNCTION redemption_has_its_use();

CREATE TRIGGER redemptions_are_final BEFORE UPDATE OR DELETE ON ticketing_redemption
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER redemptions_are_not_emptied BEFORE TRUNCATE ON ticketing_redemption
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();

-- A scan is claimed without a result, then answered once.
CREATE TRIGGER scans_are_answered_once BEFORE UPDATE ON ticketing_scan
  FOR EACH ROW WHEN (OLD.result <> '') EXECUTE FUNCTION history_is_final();
CREATE TRIGGER scans_stay BEFORE DELETE ON ticketing_scan
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER scans_are_not_emptied BEFORE TRUNCATE ON ticketing_scan
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();
"""

UNDO = """
DROP TRIGGER scans_are_not_emptied ON ticketing_scan;
DROP TRIGGER scans_stay ON ticketing_scan;
DROP TRIGGER scans_are_answered_once ON ticketing_scan;
DROP TRIGGER redemptions_are_not_emptied ON ticketing_redemption;
DROP TRIGGER redemptions_are_final ON ticketing_redemption;
DROP TRIGGER redemption_has_its_use ON ticketing_redemption;
DROP FUNCTION redemption_has_its_use();
DROP TRIGGER uses_have_redemptions ON ticketing_ticket;
DROP FUNCTION uses_have_redemptions();
ALTER TABLE ticketing_ticket
  DROP CONSTRAINT used_tickets_are_spent, DROP CONSTRAINT uses_never_negative;
"""


class Migration(migrations.Migration):
    dependencies = [("ticketing", "0005_gate"), ("inventory", "0002_laws")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
