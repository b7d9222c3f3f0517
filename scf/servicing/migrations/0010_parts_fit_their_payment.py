"""Parts of a payment never exceed it; what finance signed and persons taught is final."""

from django.db import migrations

FINAL = ("servicing_payerrule", "servicing_dayendproof", "servicing_dayendsignature")

# Which payment an event came from stood in its source alone.
NAME_PAYMENTS = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE servicing_loanevent DISABLE TRIGGER servicing_loanevent_is_final;
UPDATE servicing_loanevent e SET incoming_id = p.id FROM servicing_incomingpayment p
    WHERE e.source ~ '^banks[.]statemententry:[0-9]+(/[0-9]+)?$'
    AND p.entry_id = substring(e.source from ':([0-9]+)')::bigint;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE servicing_loanevent ENABLE TRIGGER servicing_loanevent_is_final;
"""

# The payment's row is locked first, so that two parts at once wait for each other and each sees the other's.
PARTS_FIT = """
CREATE FUNCTION servicing_parts_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole bigint; lender bigint; coin text; stands text; held bigint;
BEGIN
    SELECT amount_minor, bank_id, currency, state INTO whole, lender, coin, stands
        FROM servicing_incomingpayment WHERE id = NEW.incoming_id FOR UPDATE;
    IF whole IS NULL OR stands = 'RETURNED' OR NOT EXISTS (
        SELECT 1 FROM servicing_loan WHERE id = NEW.loan_id AND bank_id = lender AND currency = coin
    ) THEN
        RAISE EXCEPTION 'the payment is not for this loan'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'loan_event_is_of_its_payment';
    END IF;
    SELECT coalesce(sum(e.amount_minor), 0) INTO held FROM servicing_loanevent e
        WHERE e.incoming_id = NEW.incoming_id
        AND NOT EXISTS (SELECT 1 FROM servicing_loanevent r WHERE r.reverses_id = e.id);
    IF held + NEW.amount_minor > whole THEN
        RAISE EXCEPTION 'the parts exceed the payment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'loan_event_parts_fit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER servicing_loanevent_parts_fit BEFORE INSERT ON servicing_loanevent
    FOR EACH ROW WHEN (NEW.incoming_id IS NOT NULL) EXECUTE FUNCTION servicing_parts_fit();
CREATE TRIGGER servicing_incomingpayment_is_what_came BEFORE UPDATE ON servicing_incomingpayment
    FOR EACH ROW WHEN (
        (OLD.amount_minor, OLD.currency, OLD.bank_id, OLD.entry_id)
        IS DISTINCT FROM (NEW.amount_minor, NEW.currency, NEW.bank_id, NEW.entry_id)
    ) EXECUTE FUNCTION kernel_row_is_final();
"""
NO_PARTS_FIT = """
DROP TRIGGER servicing_incomingpayment_is_what_came ON servicing_incomingpayment;
DROP TRIGGER servicing_loanevent_parts_fit ON servicing_loanevent;
DROP FUNCTION servicing_parts_fit();
"""


class Migration(migrations.Migration):
    """Old events name their payment; triggers."""

    dependencies = [("servicing", "0009_matching"), ("kernel", "0003_final_rows")]
    operations = [
        migrations.RunSQL(NAME_PAYMENTS, migrations.RunSQL.noop),
        migrations.RunSQL(PARTS_FIT, NO_PARTS_FIT),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final()",
                f"DROP TRIGGER {table}_is_final ON {table}",
            )
            for table in FINAL
        ),
    ]
