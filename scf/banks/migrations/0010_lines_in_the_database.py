"""What no code may undo: a file for a bank is the same for ever, and no other line follows one that is not done."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION banks_file_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.bank_id, NEW.payment_id, NEW.name, NEW.kind, NEW.file_id, NEW.kept_at)
            IS DISTINCT FROM (OLD.bank_id, OLD.payment_id, OLD.name, OLD.kind, OLD.file_id, OLD.kept_at)
        OR (OLD.token <> '' AND (NEW.token, NEW.staged_at) IS DISTINCT FROM (OLD.token, OLD.staged_at))
        OR (OLD.handed_at IS NOT NULL
            AND (NEW.handed_at, NEW.is_by_hand) IS DISTINCT FROM (OLD.handed_at, OLD.is_by_hand))
        OR (OLD.taken_at IS NOT NULL AND (NEW.taken_at, NEW.taken_by_id) IS DISTINCT FROM (OLD.taken_at, OLD.taken_by_id))
    THEN
        RAISE EXCEPTION 'a file for a bank is the same for ever: %', OLD.name USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER banks_file_stays BEFORE UPDATE OR DELETE ON banks_outgoingfile
    FOR EACH ROW EXECUTE FUNCTION banks_file_stays();

CREATE FUNCTION banks_line_is_done() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.gateway = OLD.gateway AND NEW.bank_id = OLD.bank_id THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1 FROM banks_payment WHERE bank_id = OLD.bank_id AND state IN ('SENT', 'UNKNOWN')) THEN
        RAISE EXCEPTION 'payments without an answer went over the line by %', OLD.gateway
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER banks_line_is_done BEFORE UPDATE OR DELETE ON banks_connection
    FOR EACH ROW EXECUTE FUNCTION banks_line_is_done();
"""

BACKWARDS = """
DROP TRIGGER banks_line_is_done ON banks_connection;
DROP FUNCTION banks_line_is_done();
DROP TRIGGER banks_file_stays ON banks_outgoingfile;
DROP FUNCTION banks_file_stays();
"""


class Migration(migrations.Migration):
    """See the module's docstring."""

    dependencies = [("banks", "0009_lines_to_banks")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
