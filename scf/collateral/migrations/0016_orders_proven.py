"""A release must be true: repaid means nothing owed, unpaid means no loan, converted means others in its place."""

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
    -- a count may fall below what is pledged; nothing more is then taken until there is room again
    IF TG_OP = 'UPDATE' AND NEW.scope = 'STOCK' AND NEW.committed > OLD.committed
       AND NEW.committed > collateral_limit('STOCK', NULL, NEW.stock_id) THEN
        RAISE EXCEPTION 'less was counted' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION collateral_release_by_lender() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ordered_by_id IS NOT NULL AND (SELECT organisation_id FROM parties_membership WHERE id = NEW.ordered_by_id)
       IS DISTINCT FROM (SELECT bank_id FROM collateral_pledge WHERE id = NEW.pledge_id) THEN
        RAISE EXCEPTION 'only an officer of the lender orders a release' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.reason = 'REPAID'
       AND NOT EXISTS (SELECT 1 FROM collateral_exposure WHERE pledge_id = NEW.pledge_id AND owed_minor = 0) THEN
        RAISE EXCEPTION 'the loan on these goods is not repaid' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.reason = 'UNPAID' AND EXISTS (SELECT 1 FROM collateral_exposure WHERE pledge_id = NEW.pledge_id) THEN
        RAISE EXCEPTION 'a loan was paid out on these goods' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION collateral_converted_has_successor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(root_quantity), 0) FROM collateral_pledgeline WHERE release_id = NEW.id)
       > (SELECT coalesce(sum(s.root_quantity), 0) FROM collateral_pledgeline s
          JOIN collateral_pledgeline gone ON gone.id = s.came_from_id
          WHERE gone.release_id = NEW.id AND s.pledge_id = NEW.pledge_id) + 0.001 THEN
        RAISE EXCEPTION 'nothing took the place of the goods' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER collateral_converted_has_successor AFTER INSERT ON collateral_releaseorder
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reason = 'CONVERTED')
    EXECUTE FUNCTION collateral_converted_has_successor();
"""


class Migration(migrations.Migration):
    """One line of a paper may stand behind a case in several parts: its holdings guard the quantity."""

    dependencies = [("collateral", "0015_taken_at")]
    operations = [
        migrations.RemoveConstraint(model_name="pledgeline", name="pledge_line_once"),
        migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
    ]
