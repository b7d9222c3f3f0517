"""The database itself refuses unbalanced books, rewritten history and accounts of the platform."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION ledger_transaction_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1
          FROM ledger_leg leg JOIN ledger_account account ON account.id = leg.account_id
         WHERE leg.transaction_id = NEW.transaction_id
         GROUP BY account.book_id, account.currency HAVING SUM(leg.minor) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger transaction % does not balance', NEW.transaction_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_transaction_balances AFTER INSERT ON ledger_leg
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_balances();

CREATE TRIGGER ledger_leg_is_final BEFORE UPDATE OR DELETE ON ledger_leg
    FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final();
CREATE TRIGGER ledger_transaction_is_final BEFORE UPDATE OR DELETE ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final();

CREATE FUNCTION ledger_book_is_a_lenders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT kind FROM parties_organisation WHERE id = NEW.book_id) <> 'BANK' THEN
        RAISE EXCEPTION 'only a lender has a book: the platform never holds money' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_book_is_a_lenders BEFORE INSERT OR UPDATE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_book_is_a_lenders();
"""

BACKWARDS = """
DROP TRIGGER ledger_book_is_a_lenders ON ledger_account;
DROP FUNCTION ledger_book_is_a_lenders();
DROP TRIGGER ledger_transaction_is_final ON ledger_transaction;
DROP TRIGGER ledger_leg_is_final ON ledger_leg;
DROP TRIGGER ledger_transaction_balances ON ledger_leg;
DROP FUNCTION ledger_transaction_balances();
"""


class Migration(migrations.Migration):
    """Triggers of the books."""

    dependencies = [("ledger", "0002_initial"), ("kernel", "0003_final_rows")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
