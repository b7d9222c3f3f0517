"""Trade documents, their lines, imports and saved columns."""

import django.db.models.deletion
import django_fsm
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '__first__'),
        ('parties', '__first__'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            options={
                'verbose_name_plural': 'import batches',
            },
        ),
        migrations.CreateModel(
            name='TradeDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('PURCHASE_ORDER', 'Purchase order'), ('ORDER_RESPONSE', 'Order response'), ('DESPATCH_ADVICE', 'Despatch advice'), ('GOODS_RECEIPT', 'Goods receipt'), ('INVOICE', 'Invoice'), ('CREDIT_NOTE', 'Credit note'), ('WAREHOUSE_RECEIPT', 'Warehouse receipt')], max_length=20)),
                ('number', models.CharField(max_length=100)),
                ('issue_date', models.DateField(null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('total_minor', models.BigIntegerField(null=True)),
                ('supplier_name', models.CharField(blank=True, max_length=1000)),
                ('buyer_name', models.CharField(blank=True, max_length=1000)),
                ('warehouse_name', models.CharField(blank=True, max_length=1000)),
                ('issuer_key', models.CharField(blank=True, max_length=1000)),
                ('due_date', models.DateField(null=True)),
                ('expected_date', models.DateField(null=True)),
                ('payment_term_days', models.PositiveIntegerField(null=True)),
                ('source', models.CharField(max_length=10)),
                ('content_hash', models.CharField(max_length=64)),
                ('part_hashes', models.JSONField(default=list)),
                ('references', models.JSONField(default=dict)),
                ('problems', models.JSONField(default=list)),
                ('evidence', models.CharField(choices=[('UPLOADED', 'Uploaded'), ('CONFIRMED', 'Confirmed by the buyer or keeper'), ('PULLED', "Pulled from the buyer's system")], default='UPLOADED', max_length=10)),
                ('state', models.CharField(choices=[('RECORDED', 'Recorded'), ('MATCHED', 'Matched'), ('CONFIRMED', 'Confirmed'), ('DISPUTED', 'Disputed'), ('VOID', 'Void')], default='RECORDED', max_length=50)),
                ('imported_at', models.DateTimeField()),
                ('buyer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.storedfile')),
                ('imported_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trade_documents', to='parties.organisation')),
                ('supplier', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
                ('warehouse', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.organisation')),
            ],
            bases=(django_fsm.ConcurrentTransitionMixin, models.Model),
        ),
        migrations.CreateModel(
            name='ImportedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('sha256', models.CharField(max_length=64)),
                ('status', models.CharField(choices=[('accepted', 'Taken in'), ('duplicate', 'Known already'), ('rejected', 'Rejected'), ('ignored', 'Passed over')], max_length=10)),
                ('problems', models.JSONField(default=list)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='orders.importbatch')),
                ('documents', models.ManyToManyField(related_name='imported_files', to='orders.tradedocument')),
            ],
        ),
        migrations.CreateModel(
            name='DocumentLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=100)),
                ('item_code', models.CharField(blank=True, max_length=1000)),
                ('item_codes', models.JSONField(default=list)),
                ('description', models.CharField(blank=True, max_length=1000)),
                ('unit', models.CharField(blank=True, max_length=1000)),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                ('ordered', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                ('confirmed', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                ('shipped', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                ('received', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                ('rejected', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                ('short', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                ('oversupplied', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
                ('unit_price', models.DecimalField(decimal_places=8, max_digits=24, null=True)),
                ('amount_minor', models.BigIntegerField(null=True)),
                ('expected_date', models.DateField(null=True)),
                ('order_number', models.CharField(blank=True, max_length=1000)),
                ('order_line', models.CharField(blank=True, max_length=1000)),
                ('despatch_number', models.CharField(blank=True, max_length=1000)),
                ('despatch_line', models.CharField(blank=True, max_length=1000)),
                ('origin', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='descendants', to='orders.documentline')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.tradedocument')),
            ],
        ),
        migrations.CreateModel(
            name='WarehouseReceiptDetails',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('depositor', models.CharField(blank=True, max_length=1000, verbose_name='depositor')),
                ('quality', models.CharField(blank=True, max_length=1000, verbose_name='quality')),
                ('packing', models.CharField(blank=True, max_length=1000, verbose_name='packing')),
                ('pieces', models.CharField(blank=True, max_length=1000, verbose_name='pieces')),
                ('marks', models.CharField(blank=True, max_length=1000, verbose_name='marks')),
                ('loss_standard', models.CharField(blank=True, max_length=1000, verbose_name='loss standard')),
                ('place', models.CharField(blank=True, max_length=1000, verbose_name='place of storage')),
                ('stored_from', models.CharField(blank=True, max_length=1000, verbose_name='stored from')),
                ('stored_to', models.CharField(blank=True, max_length=1000, verbose_name='stored to')),
                ('stored_to_date', models.DateField(null=True)),
                ('fee', models.CharField(blank=True, max_length=1000, verbose_name='storage fee')),
                ('insured_amount', models.CharField(blank=True, max_length=1000, verbose_name='insured amount')),
                ('insurance_period', models.CharField(blank=True, max_length=1000, verbose_name='insurance period')),
                ('insurer', models.CharField(blank=True, max_length=1000, verbose_name='insurer')),
                ('issuer', models.CharField(blank=True, max_length=1000, verbose_name='issuer')),
                ('issue_place', models.CharField(blank=True, max_length=1000, verbose_name='place of issue')),
                ('keeper_signature', models.CharField(blank=True, max_length=1000, verbose_name="keeper's signature")),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='warehouse_details', to='orders.tradedocument')),
            ],
            options={
                'verbose_name_plural': 'warehouse receipt details',
            },
        ),
        migrations.CreateModel(
            name='ColumnMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('kind', models.CharField(max_length=20)),
                ('mapping', models.JSONField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='column_mappings', to='parties.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'name'), name='mapping_name_once')],
            },
        ),
        migrations.AddIndex(
            model_name='tradedocument',
            index=models.Index(fields=['owner', 'kind', 'number'], name='document_by_number'),
        ),
        migrations.AddIndex(
            model_name='tradedocument',
            index=models.Index(fields=['-imported_at', '-id'], name='document_newest'),
        ),
        migrations.AddConstraint(
            model_name='tradedocument',
            constraint=models.UniqueConstraint(fields=('owner', 'kind', 'issuer_key', 'number'), name='document_number_once'),
        ),
        migrations.AddConstraint(
            model_name='tradedocument',
            constraint=models.UniqueConstraint(fields=('owner', 'content_hash'), name='document_facts_once'),
        ),
        migrations.AddConstraint(
            model_name='tradedocument',
            constraint=models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='document_has_number'),
        ),
        migrations.AddConstraint(
            model_name='tradedocument',
            constraint=models.CheckConstraint(condition=models.Q(('total_minor', None), models.Q(('currency', ''), _negated=True), _connector='OR'), name='document_total_has_currency'),
        ),
        migrations.AddConstraint(
            model_name='tradedocument',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['MATCHED', 'CONFIRMED']), _negated=True), models.Q(('buyer__isnull', False), ('supplier__isnull', False)), models.Q(('kind', 'WAREHOUSE_RECEIPT'), ('supplier__isnull', False), ('warehouse__isnull', False)), _connector='OR'), name='document_matched_has_parties'),
        ),
        migrations.AddIndex(
            model_name='documentline',
            index=models.Index(condition=models.Q(('origin', None)), fields=['order_number'], name='line_without_origin'),
        ),
        migrations.AddConstraint(
            model_name='documentline',
            constraint=models.CheckConstraint(condition=models.Q(('origin', models.F('id')), _negated=True), name='line_is_not_its_own_origin'),
        ),
        migrations.AddConstraint(
            model_name='documentline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('received', None), ('received__gte', 0), _connector='OR'), models.Q(('rejected', None), ('rejected__gte', 0), _connector='OR'), models.Q(('ordered', None), ('ordered__gte', 0), _connector='OR'), models.Q(('short', None), ('short__gte', 0), _connector='OR')), name='line_quantities_not_negative'),
        ),
    ]
