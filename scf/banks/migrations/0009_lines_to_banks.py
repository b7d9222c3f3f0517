"""Lines by transport and settings; files that are handed to banks; what messages brought."""

import django.db.models.deletion
from django.db import migrations, models


def into_settings(apps, schema_editor):
    """An address and the name of a secret's variable become settings of the transport."""
    for row in apps.get_model("banks", "Connection").objects.all():
        row.settings = {"base_url": row.base_url, **({"secret_env": row.secret_name} if row.secret_name else {})}
        row.save(update_fields=["settings"])


def out_of_settings(apps, schema_editor):
    """Back into columns."""
    for row in apps.get_model("banks", "Connection").objects.all():
        row.base_url, row.secret_name = row.settings.get("base_url", ""), row.settings.get("secret_env", "")
        row.save(update_fields=["base_url", "secret_name"])


class Migration(migrations.Migration):

    dependencies = [
        ("banks", "0008_authority"),
        ("documents", "0002_initial"),
        ("parties", "0005_industry"),
    ]

    operations = [
        migrations.AddField("connection", "settings", models.JSONField(blank=True, default=dict)),
        migrations.AddField("connection", "polled_at", models.DateTimeField(blank=True, null=True)),
        migrations.AlterField("connection", "base_url", models.CharField(default="", max_length=200)),
        migrations.RunPython(into_settings, out_of_settings),
        migrations.RemoveField("connection", "base_url"),
        migrations.RemoveField("connection", "secret_name"),
        migrations.AddField(
            "bankmessage",
            "gateway",
            models.CharField(db_default="sandbox", default="sandbox", max_length=20),
        ),
        migrations.AddField(
            "bankmessage",
            "account",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.bankaccount"
            ),
        ),
        migrations.AddField("bankmessage", "result", models.JSONField(db_default={}, default=dict)),
        migrations.RemoveConstraint("bankmessage", "bank_message_taken_once"),
        migrations.AddConstraint(
            "bankmessage",
            models.UniqueConstraint(fields=("bank", "gateway", "external_id"), name="bank_message_taken_once"),
        ),
        migrations.AlterField(
            "investigation",
            "kind",
            models.CharField(
                choices=[
                    ("WRONG_AMOUNT", "another amount was paid"),
                    ("PAID_AFTER_FAILED", "paid after it was refused"),
                    ("FAILED_AFTER_PAID", "refused after it was paid"),
                    ("PAID_TWICE", "paid, and so is its repetition"),
                    ("PART_RETURNED", "returned in part"),
                    ("NO_ANSWER", "the bank does not say what became of it"),
                    ("UNKNOWN_DEBIT", "debited without an instruction of ours"),
                    ("RECALL", "asked back"),
                    ("UNREADABLE", "a file of the bank could not be taken"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="OutgoingFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160)),
                ("kind", models.CharField(max_length=20)),
                ("kept_at", models.DateTimeField()),
                ("token", models.CharField(blank=True, max_length=16)),
                ("staged_at", models.DateTimeField(null=True)),
                ("handed_at", models.DateTimeField(null=True)),
                ("is_by_hand", models.BooleanField(default=False)),
                ("taken_at", models.DateTimeField(null=True)),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.organisation"
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.storedfile"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="banks.payment"
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.membership",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_by_hand", True)), fields=["bank", "-id"], name="outgoing_file_by_hand"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("bank", "name"), name="outgoing_file_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("taken_at", None), ("taken_by", None)),
                            models.Q(
                                ("handed_at__isnull", False), ("taken_at__isnull", False), ("taken_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="outgoing_file_taken_by_somebody",
                    ),
                ],
            },
        ),
    ]
