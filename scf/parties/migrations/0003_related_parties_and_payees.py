"""Who stands behind organisations, and accounts verified by two people."""

import django.db.models.deletion
import django_fsm
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0002_signer_role'),
    ]

    operations = [
        migrations.AddField(
            model_name='bankaccount',
            name='usable_from',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='Affiliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(max_length=200)),
                ('declared_at', models.DateTimeField()),
                ('declared_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('high', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.organisation')),
                ('low', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('low', 'high'), name='affiliation_once'), models.CheckConstraint(condition=models.Q(('low__lt', models.F('high'))), name='affiliation_in_order')],
            },
        ),
        migrations.CreateModel(
            name='PayeeChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('answer', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('PROPOSED', 'to be confirmed'), ('CONFIRMED', 'confirmed'), ('REFUSED', 'refused'), ('WITHDRAWN', 'withdrawn')], default='PROPOSED', max_length=50)),
                ('called', models.CharField(max_length=200, verbose_name='who was called, on which number')),
                ('said', models.CharField(blank=True, max_length=300, verbose_name='what was said')),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='change', to='parties.bankaccount')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.membership')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payee_changes', to='parties.organisation')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'payee change',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decided_by', None), ('state', 'PROPOSED')), models.Q(('decided_by', models.F('proposed_by')), ('state', 'WITHDRAWN')), models.Q(('decided_by__isnull', False), ('state__in', ['CONFIRMED', 'REFUSED']), models.Q(('decided_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='parties_payeechange_takes_two'), models.CheckConstraint(condition=models.Q(('called', ''), _negated=True), name='payee_change_out_of_band')],
            },
            bases=(django_fsm.ConcurrentTransitionMixin, django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Trait',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('LEGAL_REPRESENTATIVE', 'legal representative'), ('SHAREHOLDER', 'shareholder'), ('PHONE', 'telephone'), ('ADDRESS', 'address'), ('ACCOUNT', 'bank account')], max_length=22)),
                ('value', models.CharField(max_length=200)),
                ('source', models.CharField(blank=True, max_length=200)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='traits', to='parties.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'value'], name='trait_shared')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'kind', 'value'), name='trait_once'), models.CheckConstraint(condition=models.Q(('value', ''), _negated=True), name='trait_says_something')],
            },
        ),
    ]
