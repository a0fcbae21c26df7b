"""The note of the store of subject keys."""

from django.db import migrations, models

from shopprivacy.adapters.django.fields import ASCIIField


class Migration(migrations.Migration):
    """One table of one row."""

    dependencies = (("shopprivacy", "0003_mail"),)

    operations = (
        migrations.CreateModel(
            name="SealingNote",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("store", ASCIIField(max_length=32)),
            ],
            options={"db_table": "shopprivacy_sealing"},
        ),
    )
