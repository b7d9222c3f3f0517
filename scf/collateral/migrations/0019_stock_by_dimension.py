"""A kind of goods is counted apart in each dimension."""

from django.db import migrations, models

from scf.domain import units


def fill(apps, _schema_editor):
    """Stocks that are there keep what their unit measures."""
    stocks = apps.get_model("collateral", "Stock").objects.filter(level="KIND")
    for stock in stocks.iterator():
        stock.dimension = units.dimension(stock.unit)[:40]
        stock.save(update_fields=["dimension"])


class Migration(migrations.Migration):
    """A column, filled."""

    dependencies = [("collateral", "0018_price_feeds")]
    operations = [
        migrations.RemoveConstraint(model_name="stock", name="stock_once"),
        migrations.AddField(
            model_name="stock", name="dimension", field=models.CharField(blank=True, max_length=40, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="stock",
            constraint=models.UniqueConstraint(fields=("warehouse", "level", "key", "dimension"), name="stock_once"),
        ),
    ]  # fmt: skip
