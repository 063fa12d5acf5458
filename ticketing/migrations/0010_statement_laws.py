"""What the database itself refuses about statements; and when tickets were used up, from history."""

from django.db import migrations

LAWS = """
-- A statement is written once, with all its lines; afterwards only its status moves.
CREATE FUNCTION statement_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'status' <> to_jsonb(OLD) - 'status' THEN
    RAISE EXCEPTION 'statement % is closed: only its status may change', OLD.id
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'statement_is_frozen';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER statement_is_frozen BEFORE UPDATE ON ticketing_statement
  FOR EACH ROW EXECUTE FUNCTION statement_is_frozen();
CREATE TRIGGER statements_stay BEFORE DELETE ON ticketing_statement
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER statements_are_not_emptied BEFORE TRUNCATE ON ticketing_statement
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();

-- Its status is the last one its history tells of; whoever moves it says why.
CREATE FUNCTION statement_has_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told record;
BEGIN
  SELECT status, reason INTO told FROM ticketing_statementmove
   WHERE subject_id = NEW.id ORDER BY id DESC LIMIT 1;
  IF told.status IS DISTINCT FROM (SELECT status FROM ticketing_statement WHERE id = NEW.id)
    OR (told.status <> 'ISSUED' AND told.reason = '')
  THEN
    RAISE EXCEPTION 'statement %: its history does not say why it is %', NEW.id, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_has_history';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER statement_has_history AFTER INSERT OR UPDATE ON ticketing_statement
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION statement_has_history();
CREATE TRIGGER statementmove_is_final BEFORE UPDATE OR DELETE ON ticketing_statementmove
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER statementmove_is_not_emptied BEFORE TRUNCATE ON ticketing_statementmove
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();

-- Its sums are those of its lines, and every line is an entry of its own account.
CREATE FUNCTION statement_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  these uuid[];
  wrong uuid;
BEGIN
  IF TG_TABLE_NAME = 'ticketing_statement' THEN
    SELECT array_agg(id) INTO these FROM written;
  ELSE
    SELECT array_agg(DISTINCT statement_id) INTO these FROM written;
  END IF;
  SELECT s.id INTO wrong
    FROM ticketing_statement s
    LEFT JOIN LATERAL (
      SELECT count(*) AS lines, count(*) FILTER (WHERE e.kind = 'activation') AS activations,
             count(*) FILTER (WHERE l.is_adjustment) AS adjustments,
             max(l.position) AS last, min(l.position) AS first,
             sum(e.gross) AS gross, sum(e.commission) AS commission,
             coalesce(sum(e.net) FILTER (WHERE l.is_adjustment), 0) AS adjustments_net,
             bool_and(e.partner_id = s.partner_id AND e.currency = s.currency
                      AND e.reseller_id IS NOT DISTINCT FROM s.reseller_id) AS own
        FROM ticketing_statementline l
        JOIN ticketing_settlemententry e ON e.id = l.entry_id
       WHERE l.statement_id = s.id) AS sums ON true
   WHERE s.id = ANY(these)
     AND ((s.lines_count, s.activations, s.adjustments, s.lines_count, 1,
           s.gross, s.commission, s.adjustments_net, true)
          IS DISTINCT FROM
          (sums.lines, sums.activations, sums.adjustments, sums.last, sums.first,
           sums.gross, sums.commission, sums.adjustments_net, sums.own))
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'statement % is not the sum of its lines', wrong
      USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_adds_up';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER statement_adds_up AFTER INSERT ON ticketing_statement
  REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION statement_adds_up();
CREATE TRIGGER statement_adds_up AFTER INSERT ON ticketing_statementline
  REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION statement_adds_up();
CREATE TRIGGER statementline_is_final BEFORE UPDATE OR DELETE ON ticketing_statementline
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER statementline_is_not_emptied BEFORE TRUNCATE ON ticketing_statementline
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();
"""
UNDO = """
DROP TRIGGER statementline_is_not_emptied ON ticketing_statementline;
DROP TRIGGER statementline_is_final ON ticketing_statementline;
DROP TRIGGER statement_adds_up ON ticketing_statementline;
DROP TRIGGER statement_adds_up ON ticketing_statement;
DROP FUNCTION statement_adds_up();
DROP TRIGGER statementmove_is_not_emptied ON ticketing_statementmove;
DROP TRIGGER statementmove_is_final ON ticketing_statementmove;
DROP TRIGGER statement_has_history ON ticketing_statement;
DROP FUNCTION statement_has_history();
DROP TRIGGER statements_are_not_emptied ON ticketing_statement;
DROP TRIGGER statements_stay ON ticketing_statement;
DROP TRIGGER statement_is_frozen ON ticketing_statement;
DROP FUNCTION statement_is_frozen();
"""

# Tickets of before: when the last use was taken that still stands.
USED = """
UPDATE ticketing_ticket t SET used_at = (
  SELECT max(at) FROM ticketing_ticketmove m WHERE m.subject_id = t.id AND m.status = 'USED')
 WHERE status = 'USED'
"""


class Migration(migrations.Migration):
    dependencies = [("ticketing", "0009_statements"), ("inventory", "0002_laws")]
    operations = [
        migrations.RunSQL(USED, migrations.RunSQL.noop),
        migrations.RunSQL(LAWS, UNDO),
    ]
