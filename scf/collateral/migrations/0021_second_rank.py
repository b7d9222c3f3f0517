"""Goods behind one loan that wait for the next: they draw on nothing, and wait behind goods that are there."""

from django.db import migrations, models
from django.db.models import Q

COMMITS = """
CREATE OR REPLACE FUNCTION collateral_pledgeline_commits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- only the trigger that follows a late order (depth 2) may move a line to another root
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() < 2
       AND (to_jsonb(NEW) - '{%(free)s}'::text[])
           IS DISTINCT FROM (to_jsonb(OLD) - '{%(free)s}'::text[]) THEN
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
    %(rank)s
    IF TG_OP <> 'INSERT' AND OLD.counts %(old_first)s THEN
        PERFORM collateral_commit(OLD.line_holding_id, OLD.root_holding_id, OLD.stock_holding_id,
            -OLD.quantity, -OLD.root_quantity, -coalesce(OLD.stock_quantity, 0));
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.counts %(new_first)s THEN
        PERFORM collateral_commit(NEW.line_holding_id, NEW.root_holding_id, NEW.stock_holding_id,
            NEW.quantity, NEW.root_quantity, coalesce(NEW.stock_quantity, 0));
    END IF;
    RETURN NULL;
END $$;
"""
FORWARDS = (
    COMMITS
    % {
        "free": "counts,release_id,paid_quantity,ranks_second",
        "rank": """IF TG_OP = 'UPDATE' AND NEW.ranks_second AND NOT OLD.ranks_second THEN
        RAISE EXCEPTION 'goods that stand first do not step back' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.counts AND OLD.root_holding_id = NEW.root_holding_id
       AND OLD.ranks_second = NEW.ranks_second THEN
        RETURN NULL;  -- only what is paid has moved: the goods go on counting
    END IF;""",
        "old_first": "AND NOT OLD.ranks_second",
        "new_first": "AND NOT NEW.ranks_second",
    }
    + """
CREATE FUNCTION collateral_second_rank_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- deferred: what counts is how things stand at commit
    IF EXISTS (
        SELECT 1 FROM collateral_pledgeline s JOIN collateral_pledge sp ON sp.id = s.pledge_id
        JOIN collateral_pledgeline f ON f.id = s.came_from_id JOIN collateral_pledge fp ON fp.id = f.pledge_id
        WHERE (s.id = NEW.id OR s.came_from_id = NEW.id) AND s.counts AND s.ranks_second
          AND (NOT f.counts OR f.ranks_second OR f.line_holding_id <> s.line_holding_id OR f.quantity <> s.quantity
               OR fp.supplier_id <> sp.supplier_id OR (sp.bank_id IS NOT NULL AND sp.bank_id <> fp.bank_id)
               OR fp.state NOT IN ('PLEDGED', 'ENFORCING'))
    ) THEN
        RAISE EXCEPTION 'goods rank second only behind the same goods of the same lender'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER collateral_second_rank_begins AFTER INSERT ON collateral_pledgeline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.ranks_second)
    EXECUTE FUNCTION collateral_second_rank_waits();
CREATE CONSTRAINT TRIGGER collateral_second_rank_waits AFTER UPDATE ON collateral_pledgeline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.ranks_second OR (OLD.counts AND NOT NEW.counts))
    EXECUTE FUNCTION collateral_second_rank_waits();

CREATE FUNCTION collateral_second_rank_one_lender() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM collateral_pledgeline s JOIN collateral_pledgeline f ON f.id = s.came_from_id
        JOIN collateral_pledge fp ON fp.id = f.pledge_id JOIN collateral_pledge sp ON sp.id = s.pledge_id
        WHERE s.counts AND s.ranks_second AND (sp.id = NEW.id OR fp.id = NEW.id)
          AND ((sp.bank_id IS NOT NULL AND sp.bank_id <> fp.bank_id) OR fp.state NOT IN ('PLEDGED', 'ENFORCING'))
    ) THEN
        RAISE EXCEPTION 'goods rank second only behind a running pledge of the same lender'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER collateral_second_rank_one_lender AFTER UPDATE ON collateral_pledge
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.bank_id IS DISTINCT FROM NEW.bank_id OR OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION collateral_second_rank_one_lender();
"""
)
BACKWARDS = (
    COMMITS
    % {
        "free": "counts,release_id,paid_quantity",
        "rank": """IF TG_OP = 'UPDATE' AND NEW.counts AND OLD.root_holding_id = NEW.root_holding_id THEN
        RETURN NULL;  -- only what is paid has moved: the goods go on counting
    END IF;""",
        "old_first": "",
        "new_first": "",
    }
    + """
DROP TRIGGER collateral_second_rank_begins ON collateral_pledgeline;
DROP TRIGGER collateral_second_rank_waits ON collateral_pledgeline;
DROP FUNCTION collateral_second_rank_waits();
DROP TRIGGER collateral_second_rank_one_lender ON collateral_pledge;
DROP FUNCTION collateral_second_rank_one_lender();
"""
)


class Migration(migrations.Migration):

    dependencies = [("collateral", "0020_forced_sale_proceeds")]

    operations = [
        migrations.AddField(
            model_name="pledgeline",
            name="ranks_second",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="pledgeline",
            constraint=models.CheckConstraint(
                condition=Q(ranks_second=False) | Q(came_from__isnull=False, stock_holding=None),
                name="pledge_line_second_behind_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="pledgeline",
            constraint=models.UniqueConstraint(
                fields=["came_from"], condition=Q(ranks_second=True, counts=True), name="pledge_line_one_second"
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
