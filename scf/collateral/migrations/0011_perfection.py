"""Evidence of what makes a pledge stand in law, and the lender's waivers."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('collateral', '0010_cover'),
        ('documents', '0002_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ElementEvidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('element', models.CharField(choices=[('CONTRACT', 'CONTRACT'), ('BUYER_CONFIRMED', 'BUYER_CONFIRMED'), ('REGISTERED', 'REGISTERED'), ('ENDORSED', 'ENDORSED'), ('KEEPER_SEALED', 'KEEPER_SEALED'), ('KEEPER_MANDATED', 'KEEPER_MANDATED'), ('STOCK_LOCKED', 'STOCK_LOCKED')], max_length=20)),
                ('kind', models.CharField(choices=[('EVIDENCE', 'evidence'), ('WAIVER', 'waived by the lender'), ('REVOKED', 'taken back')], max_length=8)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField()),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.membership')),
                ('pledge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='collateral.pledge')),
            ],
            options={
                'verbose_name_plural': 'element evidence',
                'indexes': [models.Index(fields=['pledge', 'element', '-id'], name='evidence_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['WAIVER', 'REVOKED']), _negated=True), models.Q(('given_by__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='waiver_by_somebody_with_reason')],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER collateral_elementevidence_is_final BEFORE UPDATE OR DELETE ON collateral_elementevidence "
            "FOR EACH ROW EXECUTE FUNCTION kernel_row_is_final()",
            "DROP TRIGGER collateral_elementevidence_is_final ON collateral_elementevidence",
        ),
    ]
