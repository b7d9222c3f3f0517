"""A document is confirmed by the last word on it: an earlier one that was disputed since confirms nothing."""

from django.db import migrations

BODY = """
CREATE OR REPLACE FUNCTION orders_confirmed_by_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {lacks} THEN
        RAISE EXCEPTION 'a document is confirmed by a registered signer only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
LAST = (
    "(SELECT word FROM orders_signerword WHERE document_id = NEW.id ORDER BY id DESC LIMIT 1)"
    " IS DISTINCT FROM 'CONFIRMED'"
)
ANY = "NOT EXISTS (SELECT 1 FROM orders_signerword WHERE document_id = NEW.id AND word = 'CONFIRMED')"


class Migration(migrations.Migration):
    """One trigger's function."""

    dependencies = [("orders", "0004_confirmed_by_signers")]
    operations = [migrations.RunSQL(BODY.format(lacks=LAST), BODY.format(lacks=ANY))]
