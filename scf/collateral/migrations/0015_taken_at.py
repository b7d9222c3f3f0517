"""When goods came behind a case."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('collateral', '0014_keeper_acts_in_the_database'),
    ]

    operations = [
        migrations.AddField(
            model_name='pledgeline',
            name='taken_at',
            field=models.DateTimeField(null=True),
        ),
    ]
