"""No case is paid out on a pledge that does not stand in law; the database itself sees to it."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION financing_paid_on_effective_pledge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM collateral_pledge
        WHERE reference = NEW.number AND state = 'PLEDGED' AND effective_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'the pledge of % is not effective', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER financing_paid_on_effective_pledge BEFORE UPDATE OF state ON financing_application
    FOR EACH ROW WHEN (NEW.state = 'DISBURSING' AND OLD.state = 'PLEDGED')
    EXECUTE FUNCTION financing_paid_on_effective_pledge();
"""

BACKWARDS = """
DROP TRIGGER financing_paid_on_effective_pledge ON financing_application;
DROP FUNCTION financing_paid_on_effective_pledge();
"""


class Migration(migrations.Migration):
    """One trigger."""

    dependencies = [("financing", "0004_rate_agreement"), ("collateral", "0011_perfection")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
