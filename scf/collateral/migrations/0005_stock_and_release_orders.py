"""Stock in warehouses, the lender's release orders, and quantities in the units of each paper."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('collateral', '0004_pledged_goods_stay'),
        ('orders', '0002_lines_are_facts'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReleaseOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('REPAID', 'loan repaid'), ('PART', 'part of the loan repaid'), ('SUBSTITUTED', 'other goods took their place'), ('CONVERTED', 'goods received took the place of goods ordered'), ('UNPAID', 'the loan was not paid out'), ('SOLD', 'sold for the lender')], max_length=12)),
                ('cause', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Stock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('KIND', 'kind of goods'), ('LOT', 'lot')], max_length=4)),
                ('key', models.CharField(max_length=200)),
                ('name', models.CharField(max_length=200)),
                ('unit', models.CharField(blank=True, max_length=40)),
                ('capacity', models.DecimalField(decimal_places=4, max_digits=18, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='StockCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                ('at', models.DateTimeField()),
                ('note', models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='pledgeline',
            name='pledge_line_quantity_positive',
        ),
        migrations.RemoveConstraint(
            model_name='pledgeline',
            name='pledge_line_once',
        ),
        migrations.AddField(
            model_name='pledge',
            name='effective_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='pledgeline',
            name='came_from',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='became', to='collateral.pledgeline'),
        ),
        migrations.AddField(
            model_name='pledgeline',
            name='product',
            field=models.CharField(default='RECEIPT', max_length=12),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='pledgeline',
            name='root_quantity',
            field=models.DecimalField(decimal_places=4, default=0, max_digits=18),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='pledgeline',
            name='stock_holding',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='collateral.holding'),
        ),
        migrations.AddField(
            model_name='pledgeline',
            name='stock_quantity',
            field=models.DecimalField(decimal_places=4, max_digits=18, null=True),
        ),
        # Until now units had to agree, and a line was valued by its document's product.
        migrations.RunSQL(
            """
            UPDATE collateral_pledgeline p SET root_quantity = p.quantity, product = CASE d.kind
                WHEN 'PURCHASE_ORDER' THEN 'ORDER' WHEN 'WAREHOUSE_RECEIPT' THEN 'WAREHOUSE' ELSE 'RECEIPT' END
            FROM collateral_holding h JOIN orders_documentline l ON l.id = h.line_id
                JOIN orders_tradedocument d ON d.id = l.document_id
            WHERE h.id = p.line_holding_id
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name='holding',
            name='line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='holdings', to='orders.documentline'),
        ),
        migrations.AlterField(
            model_name='holding',
            name='scope',
            field=models.CharField(choices=[('LINE', 'this paper'), ('ROOT', 'the goods on all papers'), ('STOCK', 'the goods in the warehouse')], max_length=5),
        ),
        migrations.AlterField(
            model_name='pledge',
            name='state',
            field=models.CharField(choices=[('RESERVED', 'reserved'), ('PLEDGED', 'pledged'), ('ENFORCING', 'being enforced'), ('SOLD', 'sold'), ('RELEASED', 'released')], default='RESERVED', max_length=50),
        ),
        migrations.AddIndex(
            model_name='pledge',
            index=models.Index(fields=['bank', 'state'], name='pledge_by_lender'),
        ),
        migrations.AddField(
            model_name='releaseorder',
            name='ordered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.membership'),
        ),
        migrations.AddField(
            model_name='releaseorder',
            name='pledge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='release_orders', to='collateral.pledge'),
        ),
        migrations.AddField(
            model_name='pledgeline',
            name='release',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='collateral.releaseorder'),
        ),
        migrations.AddIndex(
            model_name='pledgeline',
            index=models.Index(condition=models.Q(('counts', True)), fields=['line_holding'], name='pledge_line_counting'),
        ),
        migrations.AddConstraint(
            model_name='pledgeline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('root_quantity__gt', 0)), name='pledge_line_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='pledgeline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('stock_holding', None), ('stock_quantity', None)), models.Q(('stock_holding__isnull', False), ('stock_quantity__gt', 0), ('stock_quantity__isnull', False)), _connector='OR'), name='pledge_line_stock_has_quantity'),
        ),
        migrations.AddConstraint(
            model_name='pledgeline',
            constraint=models.UniqueConstraint(condition=models.Q(('counts', True)), fields=('pledge', 'line_holding'), name='pledge_line_once'),
        ),
        migrations.AddField(
            model_name='stock',
            name='warehouse',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stocks', to='parties.organisation'),
        ),
        migrations.AddField(
            model_name='holding',
            name='stock',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='holding', to='collateral.stock'),
        ),
        migrations.AddConstraint(
            model_name='holding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('line', None), ('scope', 'STOCK'), ('stock__isnull', False)), models.Q(models.Q(('scope', 'STOCK'), _negated=True), ('line__isnull', False), ('stock', None)), _connector='OR'), name='holding_of_a_line_or_a_stock'),
        ),
        migrations.AddField(
            model_name='stockcount',
            name='counted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.membership'),
        ),
        migrations.AddField(
            model_name='stockcount',
            name='stock',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='collateral.stock'),
        ),
        migrations.AddConstraint(
            model_name='releaseorder',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['REPAID', 'CONVERTED', 'UNPAID']), ('ordered_by__isnull', False), _connector='OR'), name='release_order_by_an_officer'),
        ),
        migrations.AddConstraint(
            model_name='stock',
            constraint=models.UniqueConstraint(fields=('warehouse', 'level', 'key'), name='stock_once'),
        ),
        migrations.AddConstraint(
            model_name='stock',
            constraint=models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='stock_has_key'),
        ),
        migrations.AddIndex(
            model_name='stockcount',
            index=models.Index(fields=['stock', '-at', '-id'], name='stock_count_latest'),
        ),
        migrations.AddConstraint(
            model_name='stockcount',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='stock_count_not_negative'),
        ),
    ]
