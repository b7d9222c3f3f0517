"""Only an independent signer of the warehouse locks goods, and hands out only what the lender's order let go."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION collateral_keeper_acts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken collateral_pledgeline;
    held collateral_holding;
    counted numeric;
BEGIN
    SELECT * INTO taken FROM collateral_pledgeline WHERE id = NEW.line_id FOR SHARE;
    SELECT * INTO held FROM collateral_holding WHERE id = taken.stock_holding_id;
    IF NOT EXISTS (
        SELECT 1 FROM parties_membership m JOIN collateral_stock s ON s.warehouse_id = m.organisation_id
        JOIN collateral_pledge p ON p.id = taken.pledge_id
        WHERE m.id = NEW.by_id AND m.role = 'SIGNER' AND m.is_active AND s.id = held.stock_id
          AND NOT EXISTS (
              SELECT 1 FROM parties_membership other
              WHERE other.user_id = m.user_id AND other.is_active AND other.organisation_id = p.supplier_id
          )
    ) THEN
        RAISE EXCEPTION 'only an independent registered signer of the warehouse acts' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'LOCK' THEN
        counted := collateral_limit('STOCK', NULL, held.stock_id);
        IF NOT taken.counts OR (SELECT state FROM collateral_pledge WHERE id = taken.pledge_id) <> 'PLEDGED' THEN
            RAISE EXCEPTION 'only goods that are a lender''s security are locked' USING ERRCODE = 'check_violation';
        END IF;
        IF counted IS NULL OR counted < held.committed THEN
            RAISE EXCEPTION 'more is pledged than was counted' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF taken.counts OR taken.release_id IS DISTINCT FROM NEW.order_id
       OR NEW.quantity > taken.stock_quantity THEN
        RAISE EXCEPTION 'goods are handed out on the lender''s order only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER collateral_keeper_acts BEFORE INSERT ON collateral_keeperact
    FOR EACH ROW EXECUTE FUNCTION collateral_keeper_acts();
CREATE TRIGGER collateral_keeperact_is_final BEFORE UPDATE OR DELETE ON collateral_keeperact
    FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final();

CREATE FUNCTION collateral_counted_by_keeper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM parties_membership m JOIN collateral_stock s ON s.warehouse_id = m.organisation_id
        WHERE m.id = NEW.counted_by_id AND m.role = 'SIGNER' AND m.is_active AND s.id = NEW.stock_id
          AND (s.capacity IS NULL OR NEW.quantity <= s.capacity)
    ) THEN
        RAISE EXCEPTION 'a stock is counted by a registered signer of its warehouse, up to its capacity'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER collateral_counted_by_keeper BEFORE INSERT ON collateral_stockcount
    FOR EACH ROW EXECUTE FUNCTION collateral_counted_by_keeper();
"""

BACKWARDS = """
DROP TRIGGER collateral_counted_by_keeper ON collateral_stockcount;
DROP FUNCTION collateral_counted_by_keeper();
DROP TRIGGER collateral_keeperact_is_final ON collateral_keeperact;
DROP TRIGGER collateral_keeper_acts ON collateral_keeperact;
DROP FUNCTION collateral_keeper_acts();
"""


class Migration(migrations.Migration):
    """Triggers only."""

    dependencies = [("collateral", "0013_keeper_acts"), ("orders", "0004_confirmed_by_signers")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
