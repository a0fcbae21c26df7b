"""The first version of the ledger's tables."""

from django.db import migrations, models

from shopprivacy.adapters.django.fields import ASCIIField


class Migration(migrations.Migration):
    """All tables."""

    initial = True

    dependencies = ()

    operations = (
        migrations.CreateModel(
            name="LedgerCheckpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", ASCIIField(max_length=27)),
                ("counted", models.BigIntegerField()),
                ("hash", ASCIIField(max_length=64)),
                ("rolling", ASCIIField(max_length=64)),
                ("tenant", ASCIIField(max_length=63)),
                ("key_id", ASCIIField(max_length=8)),
                ("public_key", ASCIIField(max_length=64)),
                ("signature", ASCIIField(max_length=128)),
            ],
            options={
                "verbose_name": "checkpoint",
                "db_table": "shopprivacy_checkpoint",
            },
        ),
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("counted", models.BigIntegerField()),
                ("hash", ASCIIField(max_length=64)),
                ("rolling", ASCIIField(max_length=64)),
            ],
            options={
                "db_table": "shopprivacy_ledger_head",
            },
        ),
        migrations.CreateModel(
            name="EnforcedPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", ASCIIField(max_length=64)),
                ("digest", ASCIIField(max_length=64)),
                ("effective", ASCIIField(max_length=10)),
                ("first_enforced_at", ASCIIField(max_length=27)),
                ("canonical", models.TextField()),
            ],
            options={
                "verbose_name": "enforced policy",
                "verbose_name_plural": "enforced policies",
                "db_table": "shopprivacy_policy",
                "constraints": [
                    models.UniqueConstraint(fields=("version", "digest"), name="shopprivacy_policy_uq")
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerRow",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", ASCIIField(max_length=27, null=True)),
                ("subject", ASCIIField(max_length=61, null=True)),
                ("purpose", ASCIIField(max_length=64, null=True)),
                ("action", ASCIIField(max_length=16, null=True)),
                ("version", ASCIIField(max_length=64, null=True)),
                ("meaning", ASCIIField(max_length=64, null=True)),
                ("text_hash", ASCIIField(max_length=64, null=True)),
                ("how", ASCIIField(max_length=20, null=True)),
                ("consent_id", ASCIIField(max_length=64, null=True)),
                ("data", models.TextField(null=True)),
                ("ground", ASCIIField(max_length=64, null=True)),
                ("pruned_keep", ASCIIField(max_length=64, null=True)),
                ("pruned_rows", models.TextField(null=True)),
                ("salt", ASCIIField(max_length=32, null=True)),
                ("digest", ASCIIField(max_length=64)),
                ("hash", ASCIIField(max_length=64)),
                ("key_id", ASCIIField(max_length=8)),
            ],
            options={
                "verbose_name": "record of consent",
                "verbose_name_plural": "records of consent",
                "db_table": "shopprivacy_ledger",
                "indexes": [
                    models.Index(fields=["subject", "seq"], name="shopprivacy_ledger_subject"),
                    models.Index(fields=["digest"], name="shopprivacy_ledger_digest"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RefusalCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", ASCIIField(max_length=10)),
                ("purpose", ASCIIField(max_length=64)),
                ("counted", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "anonymous refusal",
                "db_table": "shopprivacy_refusal",
                "constraints": [
                    models.UniqueConstraint(fields=("day", "purpose"), name="shopprivacy_refusal_uq")
                ],
            },
        ),
    )
