"""Settlement entries are final."""

from django.db import migrations

LAWS = """
CREATE TRIGGER settlement_is_final BEFORE UPDATE OR DELETE ON ticketing_settlemententry
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER settlement_is_not_emptied BEFORE TRUNCATE ON ticketing_settlemententry
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();
"""
UNDO = """
DROP TRIGGER settlement_is_not_emptied ON ticketing_settlemententry;
DROP TRIGGER settlement_is_final ON ticketing_settlemententry;
"""


class Migration(migrations.Migration):
    dependencies = [("ticketing", "0003_premade")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
