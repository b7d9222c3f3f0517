"""The database counts what is pledged, knows how much there is, and lets nothing go without the lender's order."""

from django.db import migrations

FORWARDS = """
-- How much a holding can hold by what papers and counts state; null where nothing says.
CREATE FUNCTION collateral_limit(of_scope text, of_line bigint, of_stock bigint) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT CASE of_scope
        WHEN 'STOCK' THEN
            (SELECT quantity FROM collateral_stockcount WHERE stock_id = of_stock ORDER BY at DESC, id DESC LIMIT 1)
        ELSE (
            SELECT greatest(
                0,
                CASE d.kind
                    WHEN 'PURCHASE_ORDER' THEN coalesce(l.ordered, l.quantity, 0)
                    WHEN 'GOODS_RECEIPT' THEN coalesce(l.received, l.quantity, 0) - coalesce(l.rejected, 0)
                    ELSE coalesce(l.quantity, 0)
                END,
                CASE WHEN of_scope = 'ROOT' AND d.kind = 'PURCHASE_ORDER' THEN (
                    SELECT sum((coalesce(r.received, 0) - coalesce(r.rejected, 0)) * r.origin_factor)
                    FROM orders_documentline r JOIN orders_tradedocument rd ON rd.id = r.document_id
                    WHERE r.origin_id = l.id AND rd.kind = 'GOODS_RECEIPT' AND rd.state NOT IN ('VOID', 'DISPUTED')
                ) END
            )
            FROM orders_documentline l JOIN orders_tradedocument d ON d.id = l.document_id WHERE l.id = of_line
        )
    END
$$;

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
        IF top IS NULL AND TG_OP = 'UPDATE'
           AND (SELECT level FROM collateral_stock WHERE id = NEW.stock_id) = 'LOT' THEN
            RAISE EXCEPTION 'a lot grows only by its keeper''s count' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER collateral_holding_is_kept ON collateral_holding;
CREATE TRIGGER collateral_holding_is_kept BEFORE INSERT OR UPDATE ON collateral_holding
    FOR EACH ROW EXECUTE FUNCTION collateral_holding_is_kept();

CREATE FUNCTION collateral_commit(lines bigint, roots bigint, stocks bigint, line_by numeric, root_by numeric,
    stock_by numeric) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- ascending ids: two at once wait for each other instead of locking each other out
    PERFORM 1 FROM collateral_holding WHERE id IN (lines, roots, stocks) ORDER BY id FOR UPDATE;
    UPDATE collateral_holding SET committed = committed
        + CASE WHEN id = lines THEN line_by ELSE 0 END + CASE WHEN id = roots THEN root_by ELSE 0 END
        + CASE WHEN id = stocks THEN stock_by ELSE 0 END
      WHERE id IN (lines, roots, stocks);
END $$;

CREATE OR REPLACE FUNCTION collateral_pledgeline_commits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() < 2 AND (
        (NEW.quantity, NEW.root_quantity, NEW.stock_quantity, NEW.line_holding_id, NEW.root_holding_id,
         NEW.stock_holding_id, NEW.pledge_id, NEW.lendable_minor, NEW.currency, NEW.product, NEW.came_from_id)
        IS DISTINCT FROM
        (OLD.quantity, OLD.root_quantity, OLD.stock_quantity, OLD.line_holding_id, OLD.root_holding_id,
         OLD.stock_holding_id, OLD.pledge_id, OLD.lendable_minor, OLD.currency, OLD.product, OLD.came_from_id)
    ) THEN
        RAISE EXCEPTION 'a pledge line is not changed; release it and take another'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.counts AND NOT OLD.counts THEN
        RAISE EXCEPTION 'goods that were let go are taken anew' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.counts THEN
        PERFORM collateral_commit(OLD.line_holding_id, OLD.root_holding_id, OLD.stock_holding_id,
            -OLD.quantity, -OLD.root_quantity, -coalesce(OLD.stock_quantity, 0));
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.counts THEN
        PERFORM collateral_commit(NEW.line_holding_id, NEW.root_holding_id, NEW.stock_holding_id,
            NEW.quantity, NEW.root_quantity, coalesce(NEW.stock_quantity, 0));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION collateral_pledged_goods_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stands text;
BEGIN
    IF OLD.counts AND (TG_OP = 'DELETE' OR NOT NEW.counts) THEN
        SELECT state INTO stands FROM collateral_pledge WHERE id = OLD.pledge_id;
        IF stands <> 'RESERVED' AND (TG_OP = 'DELETE' OR NOT EXISTS (
            SELECT 1 FROM collateral_releaseorder WHERE id = NEW.release_id AND pledge_id = OLD.pledge_id
        )) AND NOT (stands = 'RELEASED' AND (SELECT pledged_at FROM collateral_pledge WHERE id = OLD.pledge_id) IS NULL)
        THEN
            RAISE EXCEPTION 'pledged goods stay until the lender orders their release'
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION collateral_pledge_ends_by_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state THEN
        IF OLD.state IN ('RELEASED', 'SOLD') OR NEW.state = 'RESERVED' THEN
            RAISE EXCEPTION 'a pledge that has ended stays ended' USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.state IN ('PLEDGED', 'ENFORCING') AND NEW.state IN ('RELEASED', 'SOLD') AND NOT EXISTS (
            SELECT 1 FROM collateral_releaseorder
            WHERE pledge_id = NEW.id AND reason IN ('REPAID', 'UNPAID', 'SOLD')
        ) THEN
            RAISE EXCEPTION 'only the lender orders a release' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF OLD.bank_id IS NOT NULL AND NEW.bank_id IS DISTINCT FROM OLD.bank_id THEN
        RAISE EXCEPTION 'a pledge is for one lender' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER collateral_pledge_ends_by_order BEFORE UPDATE ON collateral_pledge
    FOR EACH ROW EXECUTE FUNCTION collateral_pledge_ends_by_order();

CREATE FUNCTION collateral_release_by_lender() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ordered_by_id IS NOT NULL AND (SELECT organisation_id FROM parties_membership WHERE id = NEW.ordered_by_id)
       IS DISTINCT FROM (SELECT bank_id FROM collateral_pledge WHERE id = NEW.pledge_id) THEN
        RAISE EXCEPTION 'only an officer of the lender orders a release' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER collateral_release_by_lender BEFORE INSERT ON collateral_releaseorder
    FOR EACH ROW EXECUTE FUNCTION collateral_release_by_lender();

-- Where goods come from is found late, too: their pledge then draws on the order they belong to, or the link is refused.
CREATE FUNCTION collateral_root_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    pledged collateral_pledgeline;
    root bigint;
BEGIN
    FOR pledged IN
        SELECT p.* FROM collateral_pledgeline p JOIN collateral_holding h ON h.id = p.line_holding_id
        WHERE h.line_id = NEW.id AND p.counts ORDER BY p.id
    LOOP
        IF OLD.origin_id IS NOT NULL OR NEW.origin_id IS NULL THEN
            RAISE EXCEPTION 'goods that stand behind a case keep where they come from'
                USING ERRCODE = 'check_violation';
        END IF;
        INSERT INTO collateral_holding (line_id, scope, capacity, committed)
            VALUES (NEW.origin_id, 'ROOT', collateral_limit('ROOT', NEW.origin_id, NULL), 0)
            ON CONFLICT (line_id, scope) DO UPDATE
            SET capacity = greatest(collateral_holding.capacity, EXCLUDED.capacity) RETURNING id INTO root;
        UPDATE collateral_pledgeline SET root_holding_id = root,
            root_quantity = trunc(pledged.quantity * NEW.origin_factor, 4) WHERE id = pledged.id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER collateral_root_follows AFTER UPDATE OF origin_id, origin_factor ON orders_documentline
    FOR EACH ROW WHEN (OLD.origin_id IS DISTINCT FROM NEW.origin_id OR OLD.origin_factor IS DISTINCT FROM NEW.origin_factor)
    EXECUTE FUNCTION collateral_root_follows();

CREATE TRIGGER collateral_releaseorder_is_final BEFORE UPDATE OR DELETE ON collateral_releaseorder
    FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final();
CREATE TRIGGER collateral_stockcount_is_final BEFORE UPDATE OR DELETE ON collateral_stockcount
    FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final();
"""


class Migration(migrations.Migration):
    """Functions and triggers of the registry; there is no way back to counting without them."""

    dependencies = [("collateral", "0005_stock_and_release_orders"), ("kernel", "0003_final_rows")]
    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
