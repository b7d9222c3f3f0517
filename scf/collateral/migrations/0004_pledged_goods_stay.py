"""While goods are a lender's security, nothing takes them out from behind the loan."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION collateral_pledged_goods_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.counts AND (TG_OP = 'DELETE' OR NOT NEW.counts)
       AND (SELECT state FROM collateral_pledge WHERE id = OLD.pledge_id) = 'PLEDGED' THEN
        RAISE EXCEPTION 'pledged goods stay until the pledge is released' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER collateral_pledged_goods_stay BEFORE UPDATE OR DELETE ON collateral_pledgeline
    FOR EACH ROW EXECUTE FUNCTION collateral_pledged_goods_stay();
"""

BACKWARDS = """
DROP TRIGGER collateral_pledged_goods_stay ON collateral_pledgeline;
DROP FUNCTION collateral_pledged_goods_stay();
"""


class Migration(migrations.Migration):
    """One more trigger of the registry."""

    dependencies = [("collateral", "0003_never_twice")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
