"""An account to be paid into is verified by two reviewers, in the database too."""

import django.db.models.deletion
from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION parties_payee_takes_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.purpose = 'PAYEE' AND (NEW.verified_at IS NOT NULL OR NEW.usable_from IS NOT NULL) THEN
            RAISE EXCEPTION 'an account to be paid into is verified by two reviewers' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF 'PAYEE' NOT IN (OLD.purpose, NEW.purpose) THEN
        RETURN NEW;
    END IF;
    IF (OLD.number, OLD.currency, OLD.organisation_id, OLD.purpose, OLD.bank_name, OLD.bic)
            IS DISTINCT FROM (NEW.number, NEW.currency, NEW.organisation_id, NEW.purpose, NEW.bank_name, NEW.bic)
        AND (OLD.purpose <> NEW.purpose OR OLD.verified_at IS NOT NULL OR EXISTS (
            SELECT 1 FROM parties_payeechange c WHERE c.account_id = OLD.id AND c.state IN ('PROPOSED', 'CONFIRMED')
        )) THEN
        RAISE EXCEPTION 'an account that was looked at stays as it is' USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.verified_at, OLD.usable_from) IS NOT DISTINCT FROM (NEW.verified_at, NEW.usable_from)
       OR NEW.verified_at IS NULL THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM parties_payeechange c
        WHERE c.account_id = NEW.id AND c.state = 'CONFIRMED' AND c.decided_at = NEW.verified_at
    ) THEN
        RAISE EXCEPTION 'an account to be paid into is verified by two reviewers' USING ERRCODE = 'check_violation';
    END IF;
    IF coalesce(NEW.usable_from, NEW.verified_at) < NEW.verified_at + interval '3 days' AND EXISTS (
        SELECT 1 FROM parties_bankaccount a
        WHERE a.organisation_id = NEW.organisation_id AND a.currency = NEW.currency AND a.purpose = 'PAYEE'
          AND a.id <> NEW.id AND a.verified_at <= NEW.verified_at
    ) THEN
        RAISE EXCEPTION 'a changed account cools down first' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER parties_payee_takes_two BEFORE INSERT OR UPDATE ON parties_bankaccount
    FOR EACH ROW EXECUTE FUNCTION parties_payee_takes_two();

CREATE FUNCTION parties_payee_change_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'PROPOSED'
       OR (OLD.account_id, OLD.organisation_id, OLD.proposed_by_id, OLD.proposed_at, OLD.called, OLD.said)
          IS DISTINCT FROM
          (NEW.account_id, NEW.organisation_id, NEW.proposed_by_id, NEW.proposed_at, NEW.called, NEW.said) THEN
        RAISE EXCEPTION 'what was written down about an account stays' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER parties_payee_change_stays BEFORE UPDATE ON parties_payeechange
    FOR EACH ROW EXECUTE FUNCTION parties_payee_change_stays();
"""
BACKWARDS = """
DROP TRIGGER parties_payee_change_stays ON parties_payeechange;
DROP FUNCTION parties_payee_change_stays();
DROP TRIGGER parties_payee_takes_two ON parties_bankaccount;
DROP FUNCTION parties_payee_takes_two();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0003_related_parties_and_payees'),
    ]

    operations = [
        migrations.AddField(
            model_name='bankaccount',
            name='entered_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.membership'),
        ),
        migrations.AlterField(
            model_name='payeechange',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='parties.bankaccount'),
        ),
        migrations.AddConstraint(
            model_name='payeechange',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['PROPOSED', 'CONFIRMED'])), fields=('account',), name='payee_change_once'),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
