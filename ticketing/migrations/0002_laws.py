"""History rows of reservations, orders and tickets are final."""

from django.db import migrations

HISTORIES = ("reservationmove", "ordermove", "ticketmove")

LAWS = "".join(
    f"""
CREATE TRIGGER {name}_is_final BEFORE UPDATE OR DELETE ON ticketing_{name}
  FOR EACH ROW EXECUTE FUNCTION history_is_final();
CREATE TRIGGER {name}_is_not_emptied BEFORE TRUNCATE ON ticketing_{name}
  FOR EACH STATEMENT EXECUTE FUNCTION history_is_final();
"""
    for name in HISTORIES
)
UNDO = "".join(
    f"""
DROP TRIGGER {name}_is_not_emptied ON ticketing_{name};
DROP TRIGGER {name}_is_final ON ticketing_{name};
"""
    for name in HISTORIES
)


class Migration(migrations.Migration):
    dependencies = [("ticketing", "0001_initial"), ("inventory", "0002_laws")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
