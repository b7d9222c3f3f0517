"""Audit rows are final, whoever is connected."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION kernel_row_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are final; write a new one', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER kernel_auditentry_is_final BEFORE UPDATE OR DELETE ON kernel_auditentry
    FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final();
"""

BACKWARDS = """
DROP TRIGGER kernel_auditentry_is_final ON kernel_auditentry;
DROP FUNCTION kernel_row_is_final();
"""


class Migration(migrations.Migration):
    """The trigger function is shared by every append-only table."""

    dependencies = [("kernel", "0002_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
