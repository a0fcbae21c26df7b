"""The table of the journals beside the ledger."""

from django.db import migrations, models

from shopprivacy.adapters.django.fields import ASCIIField


class Migration(migrations.Migration):
    """One table more; releases before go on beside it."""

    dependencies = (("shopprivacy", "0001_initial"),)

    operations = (
        migrations.CreateModel(
            name="LedgerJournal",
            fields=[
                ("name", ASCIIField(max_length=32, primary_key=True, serialize=False)),
                ("at", ASCIIField(max_length=27)),
                ("empty", models.BooleanField()),
            ],
            options={"verbose_name": "journal", "db_table": "shopprivacy_journals"},
        ),
    )
