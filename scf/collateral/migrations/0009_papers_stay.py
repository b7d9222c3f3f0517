"""A paper is not taken back from under a case that rests on it."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION collateral_papers_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM orders_documentline l JOIN collateral_holding h ON h.line_id = l.id
        WHERE l.document_id = NEW.id AND h.committed > 0
    ) THEN
        RAISE EXCEPTION 'goods of this document stand behind a case' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER collateral_papers_stay BEFORE UPDATE OF state ON orders_tradedocument
    FOR EACH ROW WHEN (NEW.state = 'VOID' AND OLD.state <> 'VOID') EXECUTE FUNCTION collateral_papers_stay();
"""

BACKWARDS = """
DROP TRIGGER collateral_papers_stay ON orders_tradedocument;
DROP FUNCTION collateral_papers_stay();
"""


class Migration(migrations.Migration):
    """One more trigger of the registry."""

    dependencies = [("collateral", "0008_fingerprints"), ("orders", "0002_lines_are_facts")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
