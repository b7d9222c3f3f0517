"""What the buyer has paid of pledged claims; that part is never let go."""

from django.db import migrations, models
from django.db.models import F, Q

PAID_GOODS_STAY = """
CREATE OR REPLACE FUNCTION collateral_pledgeline_commits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- only the trigger that follows a late order (depth 2) may move a line to another root
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() < 2
       AND (to_jsonb(NEW) - '{counts,release_id,paid_quantity}'::text[])
           IS DISTINCT FROM (to_jsonb(OLD) - '{counts,release_id,paid_quantity}'::text[]) THEN
        RAISE EXCEPTION 'a pledge line is not changed; release it and take another'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.paid_quantity <> OLD.paid_quantity
       AND (SELECT state FROM collateral_pledge WHERE id = NEW.pledge_id) IN ('RELEASED', 'SOLD') THEN
        RAISE EXCEPTION 'what was paid for when the goods were let go stays so' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.counts AND NOT OLD.counts THEN
        RAISE EXCEPTION 'goods that were let go are taken anew' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.counts AND OLD.root_holding_id = NEW.root_holding_id THEN
        RETURN NULL;  -- only what is paid has moved: the goods go on counting
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

CREATE FUNCTION collateral_paid_goods_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.paid_quantity * NEW.root_quantity / NEW.quantity * 0.999 - 0.001 > (
        SELECT coalesce(sum(s.paid_quantity * s.root_quantity / s.quantity), 0)
        FROM collateral_pledgeline s WHERE s.came_from_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'goods that the buyer has paid for are not lent on again' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER collateral_paid_goods_stay AFTER UPDATE ON collateral_pledgeline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.counts AND NOT NEW.counts AND NEW.paid_quantity > 0)
    EXECUTE FUNCTION collateral_paid_goods_stay();
"""
BACKWARDS = """
CREATE OR REPLACE FUNCTION collateral_pledgeline_commits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- only the trigger that follows a late order (depth 2) may move a line to another root
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() < 2
       AND (to_jsonb(NEW) - 'counts' - 'release_id') IS DISTINCT FROM (to_jsonb(OLD) - 'counts' - 'release_id') THEN
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
DROP TRIGGER collateral_paid_goods_stay ON collateral_pledgeline;
DROP FUNCTION collateral_paid_goods_stay();
"""


# until now goods of a loan that had ended went on counting as a whole where the buyer had paid anything
ALL_WAS_PAID = """
ALTER TABLE collateral_pledgeline DISABLE TRIGGER USER;
UPDATE collateral_pledgeline l SET paid_quantity = quantity FROM collateral_pledge p
    WHERE p.id = l.pledge_id AND p.state = 'RELEASED' AND l.counts;
ALTER TABLE collateral_pledgeline ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [("collateral", "0016_orders_proven")]

    operations = [
        migrations.AddField(
            model_name="pledgeline",
            name="paid_quantity",
            field=models.DecimalField(max_digits=18, decimal_places=4, default=0, db_default=0),
        ),
        migrations.RunSQL(ALL_WAS_PAID, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="pledgeline",
            constraint=models.CheckConstraint(
                condition=Q(paid_quantity__gte=0, paid_quantity__lte=F("quantity")), name="pledge_line_paid_in_part"
            ),
        ),
        migrations.RunSQL(PAID_GOODS_STAY, BACKWARDS),
    ]
