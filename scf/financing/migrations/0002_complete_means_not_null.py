"""A submitted case and an offer are complete only where their figures are there at all."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A CHECK that compares NULL refuses nothing: both constraints ask for NOT NULL too."""

    dependencies = [
        ('documents', '0002_initial'),
        ('financing', '0001_initial'),
        ('parties', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='application',
            name='application_complete_once_submitted',
        ),
        migrations.RemoveConstraint(
            model_name='bankcase',
            name='bank_case_offer_complete',
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'DRAFT'), ('state', 'WITHDRAWN'), models.Q(('amount_minor__gt', 0), ('amount_minor__isnull', False), ('tenor_days__gt', 0), ('tenor_days__isnull', False)), _connector='OR'), name='application_complete_once_submitted'),
        ),
        migrations.AddConstraint(
            model_name='bankcase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['OFFERED', 'ACCEPTED']), _negated=True), models.Q(('amount_minor__gt', 0), ('amount_minor__isnull', False), ('annual_rate__gte', 0), ('annual_rate__isnull', False), ('checker__isnull', False), ('expires_on__isnull', False), ('maker__isnull', False), ('tenor_days__gt', 0), ('tenor_days__isnull', False)), _connector='OR'), name='bank_case_offer_complete'),
        ),
    ]
