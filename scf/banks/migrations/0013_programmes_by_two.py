import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A programme from before there were two people is kept as if two of those who may place cases had confirmed it; where
# there is one only, it counts no more. Each stays a programme of its own name, and says that nobody confirmed it.
CARRY_OVER = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE banks_programme p
SET name = left(p.name, 60) || ' ' || p.id, why = 'carried over; no two people confirmed this version',
    proposed_at = now(), decided_at = now(), proposed_by_id = two.low, decided_by_id = two.high,
    state = CASE WHEN two.low = two.high THEN 'WITHDRAWN' ELSE 'CONFIRMED' END
FROM (
    SELECT min(m.user_id) AS low, max(m.user_id) AS high FROM parties_membership m
    JOIN parties_organisation o ON o.id = m.organisation_id AND o.kind = 'PLATFORM'
    WHERE m.is_active AND m.role IN ('REVIEWER', 'ADMINISTRATOR')
    HAVING count(*) > 0
) two;
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM banks_programme WHERE proposed_by_id IS NULL) THEN
        RAISE EXCEPTION 'There are programmes, and nobody who may answer for them. Give somebody of the platform the '
            'role of reviewer or administrator, then migrate again.';
    END IF;
END $$;
SET CONSTRAINTS ALL DEFERRED;
"""

# A version that was decided on stays as it was, and so do its seats and names.
FINAL = """
CREATE TRIGGER banks_programme_is_final BEFORE UPDATE OR DELETE ON banks_programme
    FOR EACH ROW WHEN (OLD.state <> 'PROPOSED') EXECUTE FUNCTION kernel_row_is_final();

CREATE FUNCTION banks_programme_rows_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_row bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.programme_id ELSE OLD.programme_id END;
    its_state text;
BEGIN
    -- shared, so that nobody decides on the version while a row of it comes or goes
    SELECT state INTO its_state FROM banks_programme WHERE id = of_row FOR SHARE;
    IF its_state <> 'PROPOSED' OR (TG_OP = 'UPDATE' AND NEW.programme_id <> OLD.programme_id) THEN
        RAISE EXCEPTION '% rows are final; write a new version', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER banks_seat_stays BEFORE INSERT OR UPDATE OR DELETE ON banks_seat
    FOR EACH ROW EXECUTE FUNCTION banks_programme_rows_stay();
CREATE TRIGGER banks_programme_suppliers_stay BEFORE INSERT OR UPDATE OR DELETE ON banks_programme_suppliers
    FOR EACH ROW EXECUTE FUNCTION banks_programme_rows_stay();
CREATE TRIGGER banks_programme_buyers_stay BEFORE INSERT OR UPDATE OR DELETE ON banks_programme_buyers
    FOR EACH ROW EXECUTE FUNCTION banks_programme_rows_stay();

-- the same lock for rows of other versions
CREATE OR REPLACE FUNCTION banks_appetite_names_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_row bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.appetite_id ELSE OLD.appetite_id END;
    its_state text;
BEGIN
    SELECT state INTO its_state FROM banks_appetite WHERE id = of_row FOR SHARE;
    IF its_state <> 'PROPOSED' OR (TG_OP = 'UPDATE' AND NEW.appetite_id <> OLD.appetite_id) THEN
        RAISE EXCEPTION '% rows are final; write a new version', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE FUNCTION banks_authority_rows_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_row bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.matrix_id ELSE OLD.matrix_id END;
    its_state text;
BEGIN
    SELECT state INTO its_state FROM banks_authoritymatrix WHERE id = of_row FOR SHARE;
    IF its_state <> 'PROPOSED' OR (TG_OP = 'UPDATE' AND NEW.matrix_id <> OLD.matrix_id) THEN
        RAISE EXCEPTION '% rows are final; write a new version', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
NOT_FINAL = """
DROP TRIGGER banks_programme_buyers_stay ON banks_programme_buyers;
DROP TRIGGER banks_programme_suppliers_stay ON banks_programme_suppliers;
DROP TRIGGER banks_seat_stays ON banks_seat;
DROP FUNCTION banks_programme_rows_stay();
DROP TRIGGER banks_programme_is_final ON banks_programme;
"""


def person(**more: bool) -> models.ForeignKey:
    """A user who entered or decided."""
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, **more
    )


class Migration(migrations.Migration):

    dependencies = [
        ('banks', '0012_pushed_requests'),
        ('kernel', '0003_final_rows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField('programme', 'answer', models.CharField(blank=True, max_length=200)),
        migrations.AddField('programme', 'decided_at', models.DateTimeField(null=True)),
        migrations.AddField('programme', 'decided_by', person(null=True)),
        migrations.AddField('programme', 'is_stopped', models.BooleanField(default=False)),
        migrations.AddField('programme', 'proposed_at', models.DateTimeField(null=True)),
        migrations.AddField('programme', 'proposed_by', person(null=True)),
        migrations.AddField(
            'programme', 'state',
            models.CharField(choices=[('PROPOSED', 'to be confirmed'), ('CONFIRMED', 'confirmed'), ('REFUSED', 'refused'), ('WITHDRAWN', 'withdrawn')], default='PROPOSED', max_length=50),
        ),
        migrations.AddField('programme', 'why', models.CharField(blank=True, max_length=200)),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
        migrations.AlterField('programme', 'proposed_at', models.DateTimeField()),
        migrations.AlterField('programme', 'proposed_by', person()),
        migrations.AddConstraint(
            'programme',
            models.UniqueConstraint(condition=models.Q(('state', 'PROPOSED')), fields=('name',), name='programme_one_open_a_name'),
        ),
        migrations.AddConstraint(
            'programme',
            models.CheckConstraint(condition=models.Q(models.Q(('decided_by', None), ('state', 'PROPOSED')), models.Q(('decided_by', models.F('proposed_by')), ('state', 'WITHDRAWN')), models.Q(('decided_by__isnull', False), ('state__in', ['CONFIRMED', 'REFUSED']), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='banks_programme_takes_two'),
        ),
        migrations.RunSQL(FINAL, NOT_FINAL),
    ]
