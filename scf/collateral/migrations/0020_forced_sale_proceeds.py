"""What a forced sale brought, and from whom the money will come."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [("collateral", "0019_stock_by_dimension")]

    operations = [
        migrations.AddField(model_name="margincall", name="proceeds_minor", field=models.BigIntegerField(null=True)),
        migrations.AddField(
            model_name="margincall", name="sold_to", field=models.CharField(max_length=100, blank=True, default="")
        ),
        # what sales of before brought stands in the audit trail only
        migrations.RunSQL(
            "UPDATE collateral_margincall SET proceeds_minor = 0 WHERE state = 'SOLD'", migrations.RunSQL.noop
        ),
        migrations.AddConstraint(
            model_name="margincall",
            constraint=models.CheckConstraint(
                condition=Q(state="SOLD", proceeds_minor__gte=0) | ~Q(state="SOLD") & Q(proceeds_minor=None),
                name="forced_sale_brings_its_price",
            ),
        ),
    ]
