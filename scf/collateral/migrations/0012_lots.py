"""A lot that nobody has counted belongs to one supplier at most: whoever else names it is refused."""

from django.db import migrations

FORWARDS = """
CREATE OR REPLACE FUNCTION collateral_holding_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    top numeric;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.line_id, NEW.stock_id, NEW.scope) IS DISTINCT FROM (OLD.line_id, OLD.stock_id, OLD.scope)
    THEN
        RAISE EXCEPTION 'a holding stays what it is' USING ERRCODE = 'check_violation';
    END IF;
    -- only triggers on pledge lines (depth 2 and more) may move what is committed
    IF pg_trigger_depth() < 2 AND (
        CASE TG_OP WHEN 'INSERT' THEN NEW.committed <> 0 ELSE NEW.committed IS DISTINCT FROM OLD.committed END
    ) THEN
        RAISE EXCEPTION 'committed quantities follow from pledge lines only' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' OR NEW.capacity > OLD.capacity THEN
        top := collateral_limit(NEW.scope, NEW.line_id, NEW.stock_id);
        IF top IS NOT NULL AND NEW.capacity > greatest(ceil(top * 10000) / 10000, NEW.committed) THEN
            RAISE EXCEPTION 'there are % of these goods, not %', top, NEW.capacity USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION collateral_lot_has_one_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- the trigger that commits has locked the holding before: two at once wait for each other here
    IF NEW.counts AND EXISTS (
        SELECT 1 FROM collateral_holding h JOIN collateral_stock s ON s.id = h.stock_id
        WHERE h.id = NEW.stock_holding_id AND s.level = 'LOT'
          AND NOT EXISTS (SELECT 1 FROM collateral_stockcount c WHERE c.stock_id = s.id)
    ) AND EXISTS (
        SELECT 1 FROM collateral_pledgeline o JOIN collateral_pledge p ON p.id = o.pledge_id
        WHERE o.stock_holding_id = NEW.stock_holding_id AND o.counts
          AND p.supplier_id <> (SELECT supplier_id FROM collateral_pledge WHERE id = NEW.pledge_id)
    ) THEN
        RAISE EXCEPTION 'this lot stands behind a case of another owner' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- by its name it fires after collateral_pledgeline_commits
CREATE TRIGGER collateral_pledgeline_lot AFTER INSERT ON collateral_pledgeline
    FOR EACH ROW WHEN (NEW.stock_holding_id IS NOT NULL) EXECUTE FUNCTION collateral_lot_has_one_owner();
"""


class Migration(migrations.Migration):
    """One trigger more, one rule less."""

    dependencies = [("collateral", "0011_perfection")]
    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
