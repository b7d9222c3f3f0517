"""The database itself keeps what is committed and refuses to lend on goods twice."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION collateral_pledgeline_commits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    delta numeric := 0;
    row collateral_pledgeline;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.quantity, NEW.line_holding_id, NEW.root_holding_id, NEW.pledge_id)
        IS DISTINCT FROM (OLD.quantity, OLD.line_holding_id, OLD.root_holding_id, OLD.pledge_id) THEN
        RAISE EXCEPTION 'a pledge line is not changed; release it and take another'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.counts THEN delta := delta - OLD.quantity; END IF;
    IF TG_OP <> 'DELETE' AND NEW.counts THEN delta := delta + NEW.quantity; END IF;
    IF TG_OP = 'DELETE' THEN row := OLD; ELSE row := NEW; END IF;
    IF delta <> 0 THEN
        -- ascending ids: two at once wait for each other instead of locking each other out
        PERFORM 1 FROM collateral_holding
          WHERE id IN (row.line_holding_id, row.root_holding_id) ORDER BY id FOR UPDATE;
        UPDATE collateral_holding SET committed = committed + delta
          WHERE id IN (row.line_holding_id, row.root_holding_id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER collateral_pledgeline_commits AFTER INSERT OR UPDATE OR DELETE ON collateral_pledgeline
    FOR EACH ROW EXECUTE FUNCTION collateral_pledgeline_commits();

CREATE FUNCTION collateral_holding_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- only the trigger above (depth 2) may move what is committed
    IF NEW.committed IS DISTINCT FROM OLD.committed AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'committed quantities follow from pledge lines only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER collateral_holding_is_kept BEFORE UPDATE ON collateral_holding
    FOR EACH ROW EXECUTE FUNCTION collateral_holding_is_kept();
"""

BACKWARDS = """
DROP TRIGGER collateral_holding_is_kept ON collateral_holding;
DROP FUNCTION collateral_holding_is_kept();
DROP TRIGGER collateral_pledgeline_commits ON collateral_pledgeline;
DROP FUNCTION collateral_pledgeline_commits();
"""


class Migration(migrations.Migration):
    """Triggers of the registry."""

    dependencies = [("collateral", "0002_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
