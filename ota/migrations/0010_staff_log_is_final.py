"""The staff log is never changed or emptied, by the database itself.

It is the only place that knows who changed a price, a limit or a role, and who looked behind a mask.
"""

from django.db import migrations

LAWS = """
CREATE TRIGGER staff_log_is_final BEFORE UPDATE OR DELETE ON django_admin_log
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER staff_log_is_not_emptied BEFORE TRUNCATE ON django_admin_log
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();
"""
UNDO = """
DROP TRIGGER staff_log_is_not_emptied ON django_admin_log;
DROP TRIGGER staff_log_is_final ON django_admin_log;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ota", "0009_webhook_alerts"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("inventory", "0002_laws"),
    ]

    operations = [migrations.RunSQL(LAWS, UNDO)]
