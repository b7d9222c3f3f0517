"""Nobody speaks for a buyer or a keeper unregistered, and nothing is confirmed without such a person's word."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION orders_signer_is_registered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM orders_signerregistration r JOIN parties_user u ON u.email = r.email
        WHERE u.id = NEW.user_id AND r.organisation_id = NEW.organisation_id
          AND r.state = 'CONFIRMED' AND r.revoked_at IS NULL
    ) THEN
        RAISE EXCEPTION 'two persons of the platform register a signer' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orders_signer_is_registered BEFORE INSERT OR UPDATE ON parties_membership
    FOR EACH ROW WHEN (NEW.role = 'SIGNER' AND NEW.is_active) EXECUTE FUNCTION orders_signer_is_registered();

CREATE FUNCTION orders_word_by_signer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM parties_membership m JOIN orders_tradedocument d ON d.id = NEW.document_id
        WHERE m.id = NEW.signer_id AND m.role = 'SIGNER' AND m.is_active
          AND m.organisation_id = CASE d.kind WHEN 'WAREHOUSE_RECEIPT' THEN d.warehouse_id ELSE d.buyer_id END
          AND m.organisation_id <> d.owner_id AND m.organisation_id IS DISTINCT FROM d.supplier_id
          AND NOT EXISTS (
              SELECT 1 FROM parties_membership other WHERE other.user_id = m.user_id AND other.is_active
                AND (other.organisation_id = d.owner_id OR other.organisation_id = d.supplier_id)
          )
    ) THEN
        RAISE EXCEPTION 'only an independent registered signer of the buyer or keeper speaks for a document'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orders_word_by_signer BEFORE INSERT ON orders_signerword
    FOR EACH ROW EXECUTE FUNCTION orders_word_by_signer();
CREATE TRIGGER orders_signerword_is_final BEFORE UPDATE OR DELETE ON orders_signerword
    FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final();

CREATE FUNCTION orders_confirmed_by_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM orders_signerword WHERE document_id = NEW.id AND word = 'CONFIRMED') THEN
        RAISE EXCEPTION 'a document is confirmed by a registered signer only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orders_brought_unconfirmed BEFORE INSERT ON orders_tradedocument
    FOR EACH ROW WHEN (NEW.state = 'CONFIRMED' OR NEW.evidence = 'CONFIRMED')
    EXECUTE FUNCTION orders_confirmed_by_word();
CREATE TRIGGER orders_confirmed_by_word BEFORE UPDATE ON orders_tradedocument
    FOR EACH ROW WHEN (
        NEW.state = 'CONFIRMED' AND OLD.state <> 'CONFIRMED'
        OR NEW.evidence = 'CONFIRMED' AND OLD.evidence <> 'CONFIRMED'
    ) EXECUTE FUNCTION orders_confirmed_by_word();
"""

BACKWARDS = """
DROP TRIGGER orders_confirmed_by_word ON orders_tradedocument;
DROP TRIGGER orders_brought_unconfirmed ON orders_tradedocument;
DROP TRIGGER orders_signerword_is_final ON orders_signerword;
DROP TRIGGER orders_word_by_signer ON orders_signerword;
DROP TRIGGER orders_signer_is_registered ON parties_membership;
DROP FUNCTION orders_confirmed_by_word();
DROP FUNCTION orders_word_by_signer();
DROP FUNCTION orders_signer_is_registered();
"""


class Migration(migrations.Migration):
    """Triggers only."""

    dependencies = [("orders", "0003_signers"), ("kernel", "0003_final_rows")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
