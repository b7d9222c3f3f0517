"""Books per lender, product and currency; every transaction balances in each; nobody but a lender has one."""

import django.db.models.deletion
from django.db import migrations, models

KINDS = [("PRINCIPAL", "Loan principal"), ("FUNDING", "Funds paid out"), ("COLLECTION", "Repayments received"), ("CLEARING", "Clearing between books"), ("INTEREST_RECEIVABLE", "Interest receivable"), ("PENALTY_RECEIVABLE", "Penalty interest receivable"), ("COMPOUND_RECEIVABLE", "Compound interest receivable"), ("COST_RECEIVABLE", "Costs receivable"), ("INTEREST", "Interest income"), ("PENALTY", "Penalty interest income"), ("COMPOUND", "Compound interest income"), ("COST", "Costs charged"), ("WAIVED", "Given up"), ("LOSS", "Written off"), ("RECOVERY", "Recovered after writing off"), ("SURPLUS", "Owed back to the supplier"), ("SUSPENSE", "Suspense")]

DROP_OLD = """
DROP TRIGGER ledger_book_is_a_lenders ON ledger_account;
DROP FUNCTION ledger_book_is_a_lenders();
"""

# What was booked before there were books per product stays in each lender's book without a product.
FILL = """
INSERT INTO ledger_book (bank_id, product, currency)
SELECT DISTINCT lender_id, '', currency FROM ledger_account;
UPDATE ledger_account SET book_id = ledger_book.id
  FROM ledger_book WHERE ledger_book.bank_id = lender_id AND ledger_book.currency = ledger_account.currency;
SET CONSTRAINTS ALL IMMEDIATE;
"""

FORWARDS = """
CREATE OR REPLACE FUNCTION ledger_transaction_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1
          FROM ledger_leg leg JOIN ledger_account account ON account.id = leg.account_id
         WHERE leg.transaction_id = NEW.transaction_id
         GROUP BY account.book_id HAVING SUM(leg.minor) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger transaction % does not balance', NEW.transaction_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_book_is_a_lenders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT kind FROM parties_organisation WHERE id = NEW.bank_id) <> 'BANK' THEN
        RAISE EXCEPTION 'only a lender has a book: the platform never holds money' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_book_is_a_lenders BEFORE INSERT OR UPDATE ON ledger_book
    FOR EACH ROW EXECUTE FUNCTION ledger_book_is_a_lenders();

CREATE FUNCTION ledger_party_is_no_platform() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT kind FROM parties_organisation WHERE id = NEW.party_id) = 'PLATFORM' THEN
        RAISE EXCEPTION 'no account is the platform''s: the platform never holds money'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_party_is_no_platform BEFORE INSERT OR UPDATE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_party_is_no_platform();

CREATE FUNCTION ledger_holder_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.kind <> 'BANK' AND EXISTS (SELECT 1 FROM ledger_book WHERE bank_id = NEW.id))
        OR (NEW.kind = 'PLATFORM' AND EXISTS (SELECT 1 FROM ledger_account WHERE party_id = NEW.id)) THEN
        RAISE EXCEPTION 'who has a book or an account stays what it is: the platform never holds money'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_holder_stays BEFORE UPDATE OF kind ON parties_organisation
    FOR EACH ROW WHEN (NEW.kind <> OLD.kind) EXECUTE FUNCTION ledger_holder_stays();
"""


class Migration(migrations.Migration):
    """An account belongs to a book, a book to a lender."""

    dependencies = [("ledger", "0003_books_balance"), ("parties", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("product", models.CharField(blank=True, max_length=12)),
                ("currency", models.CharField(max_length=3)),
                ("bank", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="books", to="parties.organisation")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("bank", "product", "currency"), name="book_once")]},
        ),
        migrations.RunSQL(DROP_OLD),
        migrations.RemoveConstraint("account", "account_once_per_book"),
        migrations.RenameField("account", "book", "lender"),
        migrations.AddField(
            "account", "book",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="ledger.book"),
        ),
        migrations.RunSQL(FILL),
        migrations.AlterField(
            "account", "book",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="accounts", to="ledger.book"),
        ),
        migrations.RemoveField("account", "lender"),
        migrations.RemoveField("account", "currency"),
        migrations.AlterField("account", "kind", models.CharField(choices=KINDS, max_length=24)),
        migrations.AddConstraint(
            "account",
            models.UniqueConstraint(fields=["book", "kind", "party"], name="account_once_per_book", nulls_distinct=False),
        ),
        migrations.AddConstraint("account", models.CheckConstraint(condition=models.Q(kind__in=[kind for kind, _ in KINDS]), name="account_kind_is_known")),
        migrations.AddConstraint("transaction", models.CheckConstraint(condition=~models.Q(event=""), name="transaction_has_a_cause")),
        migrations.RunSQL(FORWARDS),
    ]
