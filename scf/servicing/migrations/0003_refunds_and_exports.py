"""Refunds are events; an export keeps each finished document."""

import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A kind of event, the day of an export, and its documents."""

    dependencies = [("servicing", "0002_final_events"), ("documents", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="loanevent",
            name="kind",
            field=models.CharField(
                choices=[("DRAWDOWN", "Loan paid out"), ("REPAYMENT", "Repayment"), ("REFUND", "Surplus returned")],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="exportjob",
            name="as_of",
            field=models.DateField(default=datetime.date(2000, 1, 1)),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="ExportDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("file", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.storedfile")),
                ("job", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="servicing.exportjob")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["job", "name"], name="export_document_once")]},
        ),
    ]
