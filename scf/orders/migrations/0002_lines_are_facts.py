"""What a line states stays as it was stated; only where it comes from is found later."""

from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION orders_line_is_a_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a line of a document is not deleted; void the document' USING ERRCODE = 'check_violation';
    END IF;
    IF (to_jsonb(NEW) - 'origin_id' - 'origin_factor')
        IS DISTINCT FROM (to_jsonb(OLD) - 'origin_id' - 'origin_factor') THEN
        RAISE EXCEPTION 'what a document states is not changed; void it and bring another'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orders_line_is_a_fact BEFORE UPDATE OR DELETE ON orders_documentline
    FOR EACH ROW EXECUTE FUNCTION orders_line_is_a_fact();
"""

BACKWARDS = """
DROP TRIGGER orders_line_is_a_fact ON orders_documentline;
DROP FUNCTION orders_line_is_a_fact();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='documentline',
            name='origin_factor',
            field=models.DecimalField(decimal_places=15, default=1, max_digits=30),
        ),
        migrations.AddConstraint(
            model_name='documentline',
            constraint=models.CheckConstraint(condition=models.Q(('origin_factor__gt', 0)), name='line_origin_factor_positive'),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
