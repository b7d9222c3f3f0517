"""Tables of close of business; a loan event waits while its book's day is being closed."""

import django.db.models.deletion
from django.db import migrations, models

# An event takes its key only when its book is not just being closed: then every event with a key up to the one that a
# ClosedDay names was known to it, and every other one was not. Many may record at once; closing waits for them.
FORWARDS = """
CREATE FUNCTION servicing_book_key(bank bigint, product text, currency text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT hashtextextended('book/' || bank || '/' || product || '/' || currency, 0) $$;

CREATE FUNCTION servicing_event_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(servicing_book_key(bank_id, product, currency))
       FROM servicing_loan WHERE id = NEW.loan_id;
    NEW.id := nextval('servicing_loanevent_id_seq');
    RETURN NEW;
END $$;
CREATE TRIGGER servicing_event_waits BEFORE INSERT ON servicing_loanevent
    FOR EACH ROW EXECUTE FUNCTION servicing_event_waits();

CREATE TRIGGER servicing_closedday_is_final BEFORE UPDATE OR DELETE ON servicing_closedday
    FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final();

ALTER TABLE servicing_loanstanding SET (fillfactor = 90);
ALTER TABLE servicing_accrualline SET (fillfactor = 90);
"""

BACKWARDS = """
DROP TRIGGER servicing_closedday_is_final ON servicing_closedday;
DROP TRIGGER servicing_event_waits ON servicing_loanevent;
DROP FUNCTION servicing_event_waits();
DROP FUNCTION servicing_book_key(bigint, text, text);
"""


class Migration(migrations.Migration):
    """Standings, lines, closed days."""

    dependencies = [
        ('ledger', '0004_books'),
        ('servicing', '0003_refunds_and_exports'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccrualLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('due', models.CharField(choices=[('COSTS', 'COSTS'), ('PENALTY', 'PENALTY'), ('COMPOUND', 'COMPOUND'), ('INTEREST', 'INTEREST')], max_length=10)),
                ('settled_minor', models.BigIntegerField()),
                ('numerator', models.DecimalField(decimal_places=0, max_digits=40)),
                ('balance_minor', models.BigIntegerField()),
                ('rate_e8', models.BigIntegerField()),
                ('year', models.PositiveSmallIntegerField()),
                ('since', models.DateField()),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.book')),
                ('loan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.loan')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('year', 0)), fields=['book'], name='accrual_line_by_events'), models.Index(fields=['since'], name='accrual_line_by_since')],
                'constraints': [models.UniqueConstraint(fields=('loan', 'number'), name='accrual_line_once')],
            },
        ),
        migrations.CreateModel(
            name='ClosedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('closed_at', models.DateTimeField()),
                ('last_event', models.BigIntegerField()),
                ('interest_minor', models.BigIntegerField()),
                ('penalty_minor', models.BigIntegerField()),
                ('compound_minor', models.BigIntegerField()),
                ('costs_minor', models.BigIntegerField()),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.book')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('book', 'day'), name='day_closed_once')],
            },
        ),
        migrations.CreateModel(
            name='LoanStanding',
            fields=[
                ('loan', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='stored_standing', serialize=False, to='servicing.loan')),
                ('as_of', models.DateField()),
                ('next_mark', models.DateField(null=True)),
                ('next_due', models.DateField(null=True)),
                ('overdue_since', models.DateField(null=True)),
                ('bucket', models.CharField(max_length=10)),
                ('class_code', models.CharField(max_length=20)),
                ('principal_minor', models.BigIntegerField()),
                ('overdue_principal_minor', models.BigIntegerField()),
                ('is_closed', models.BooleanField(default=False)),
                ('is_settled', models.BooleanField(default=False)),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.book')),
            ],
            options={
                'indexes': [models.Index(fields=['book', 'next_mark', 'loan'], name='standing_by_mark'), models.Index(condition=models.Q(('is_closed', True), ('is_settled', False)), fields=['book'], name='standing_to_settle')],
            },
        ),
        migrations.CreateModel(
            name='SettledLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due', models.CharField(choices=[('COSTS', 'COSTS'), ('PENALTY', 'PENALTY'), ('COMPOUND', 'COMPOUND'), ('INTEREST', 'INTEREST')], max_length=10)),
                ('minor', models.BigIntegerField()),
                ('loan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.loan')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('loan', 'due'), name='settled_line_once')],
            },
        ),
        migrations.CreateModel(
            name='SettledTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due', models.CharField(choices=[('COSTS', 'COSTS'), ('PENALTY', 'PENALTY'), ('COMPOUND', 'COMPOUND'), ('INTEREST', 'INTEREST')], max_length=10)),
                ('minor', models.BigIntegerField(default=0)),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.book')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('book', 'due'), name='settled_total_once')],
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
