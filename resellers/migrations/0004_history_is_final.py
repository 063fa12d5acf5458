"""History rows of resellers are final."""

from django.db import migrations

LAWS = """
CREATE TRIGGER resellerchange_is_final BEFORE UPDATE OR DELETE ON resellers_resellerchange
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER resellerchange_is_not_emptied BEFORE TRUNCATE ON resellers_resellerchange
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();
"""
UNDO = """
DROP TRIGGER resellerchange_is_not_emptied ON resellers_resellerchange;
DROP TRIGGER resellerchange_is_final ON resellers_resellerchange;
"""


class Migration(migrations.Migration):
    # The function that refuses belongs to the whole database; inventory makes it.
    dependencies = [("resellers", "0003_reseller_history"), ("inventory", "0002_laws")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
