"""What is owed on pledges, what their goods carry, margin calls, and changes of collateral."""

from decimal import Decimal

import django.db.models.deletion
import django_fsm
from django.db import migrations, models

# Lines pledged until now were valued by the terms that each technique began with.
TERMS = """
UPDATE collateral_pledgeline SET
    advance_rate = CASE product WHEN 'ORDER' THEN 0.40 WHEN 'WAREHOUSE' THEN 0.65 ELSE 0.85 END,
    haircut = CASE product WHEN 'WAREHOUSE' THEN 0.10 ELSE 0 END
"""

FORWARDS = """
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

CREATE TRIGGER collateral_covercheck_is_final BEFORE UPDATE OR DELETE ON collateral_covercheck
    FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('collateral', '0010_registers'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='pledgeline',
            name='advance_rate',
            field=models.DecimalField(decimal_places=4, default=1, max_digits=5),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='pledgeline',
            name='haircut',
            field=models.DecimalField(decimal_places=4, default=0, max_digits=5),
            preserve_default=False,
        ),
        migrations.RunSQL(TERMS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='Exposure',
            fields=[
                ('pledge', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='exposure', serialize=False, to='collateral.pledge')),
                ('loan', models.CharField(max_length=40, unique=True)),
                ('owed_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('sale_below', models.DecimalField(decimal_places=4, default=Decimal('0.80'), max_digits=7)),
                ('call_below', models.DecimalField(decimal_places=4, default=Decimal('0.95'), max_digits=7)),
                ('cure_to', models.DecimalField(decimal_places=4, default=Decimal('1.00'), max_digits=7)),
                ('carries_minor', models.BigIntegerField(default=0)),
                ('checked_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('call_below__lte', models.F('cure_to')), ('sale_below__gt', 0), ('sale_below__lte', models.F('call_below'))), name='exposure_thresholds_in_order'), models.CheckConstraint(condition=models.Q(('owed_minor__gte', 0)), name='exposure_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='CollateralChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('PART_RELEASE', 'part release'), ('SUBSTITUTION', 'substitution')], max_length=12)),
                ('state', models.CharField(choices=[('PROPOSED', 'proposed'), ('DONE', 'done'), ('REFUSED', 'refused'), ('WITHDRAWN', 'withdrawn')], default='PROPOSED', max_length=50)),
                ('leaves', models.JSONField(default=dict)),
                ('comes', models.JSONField(default=dict)),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.membership')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.membership')),
                ('pledge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='collateral.pledge')),
            ],
            options={
                'indexes': [models.Index(fields=['state', '-id'], name='collateral_change_by_state')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'PROPOSED')), fields=('pledge',), name='collateral_change_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['DONE', 'REFUSED']), _negated=True), ('decided_by__isnull', False), _connector='OR'), name='collateral_change_decided_by_somebody')],
            },
            bases=(django_fsm.ConcurrentTransitionMixin, django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='CoverCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('on', models.DateField()),
                ('cause', models.CharField(choices=[('PAYMENT', 'loan paid out or repaid'), ('PRICE', 'market price'), ('PAPERS', 'papers of the goods'), ('GOODS', 'goods added or released'), ('DAY', 'close of business')], max_length=8)),
                ('owed_minor', models.BigIntegerField()),
                ('carries_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('pledge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cover_checks', to='collateral.pledge')),
            ],
            options={
                'indexes': [models.Index(fields=['pledge', '-at', '-id'], name='cover_check_latest')],
            },
        ),
        migrations.CreateModel(
            name='MarginCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('OPEN', 'margin call'), ('CURED', 'cured'), ('FORCED_SALE', 'forced sale'), ('SOLD', 'sold')], default='OPEN', max_length=50)),
                ('cause', models.CharField(choices=[('PAYMENT', 'loan paid out or repaid'), ('PRICE', 'market price'), ('PAPERS', 'papers of the goods'), ('GOODS', 'goods added or released'), ('DAY', 'close of business')], max_length=8)),
                ('made_at', models.DateTimeField()),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('deadline', models.DateField()),
                ('extended', models.PositiveSmallIntegerField(default=0)),
                ('is_urgent', models.BooleanField(default=False)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('ended_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.membership')),
                ('pledge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='margin_calls', to='collateral.pledge')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'deadline'], name='margin_call_by_deadline')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['OPEN', 'FORCED_SALE'])), fields=('pledge',), name='margin_call_one_open'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='margin_call_asks_for_something'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['FORCED_SALE', 'SOLD']), _negated=True), ('decided_by__isnull', False), _connector='OR'), name='forced_sale_by_an_officer')],
            },
            bases=(django_fsm.ConcurrentTransitionMixin, django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='PledgeValue',
            fields=[
                ('line', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='worth', serialize=False, to='collateral.pledgeline')),
                ('book_price', models.DecimalField(decimal_places=8, max_digits=24)),
                ('base_quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                ('haircut', models.DecimalField(decimal_places=4, max_digits=5)),
                ('advance_rate', models.DecimalField(decimal_places=4, max_digits=5)),
                ('evidence', models.DecimalField(decimal_places=4, max_digits=5)),
                ('grade', models.CharField(blank=True, max_length=40)),
                ('per_unit', models.DecimalField(decimal_places=15, max_digits=30, null=True)),
                ('carries_minor', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('valued_on', models.DateField()),
                ('supported_to', models.DateField(null=True)),
                ('commodity', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collateral.commodity')),
            ],
            options={
                'indexes': [models.Index(fields=['commodity', 'grade'], name='pledge_value_by_commodity'), models.Index(condition=models.Q(('supported_to__isnull', False)), fields=['supported_to'], name='pledge_value_by_support')],
            },
        ),
        migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
    ]
