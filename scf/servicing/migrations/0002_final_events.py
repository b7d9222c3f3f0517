"""What happened to a loan is never rewritten."""

from django.db import migrations


class Migration(migrations.Migration):
    """Loan events are final, whoever is connected."""

    dependencies = [("servicing", "0001_initial"), ("kernel", "0003_final_rows")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER servicing_loanevent_is_final BEFORE UPDATE OR DELETE ON servicing_loanevent "
            "FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final()",
            "DROP TRIGGER servicing_loanevent_is_final ON servicing_loanevent",
        )
    ]
