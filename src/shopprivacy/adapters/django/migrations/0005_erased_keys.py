"""The handles of subject keys that were erased, and how new a key the store of them was seen to have."""

from django.db import migrations

from shopprivacy.adapters.django.fields import ASCIIField


class Migration(migrations.Migration):
    """A table, and a column that may be NULL."""

    dependencies = (("shopprivacy", "0004_sealing"),)

    operations = (
        migrations.AddField(
            model_name="SealingNote", name="newest", field=ASCIIField(max_length=27, null=True)
        ),
        migrations.CreateModel(
            name="ErasedKey",
            fields=[
                ("handle", ASCIIField(max_length=32, primary_key=True, serialize=False)),
                ("at", ASCIIField(max_length=27)),
            ],
            options={"db_table": "shopprivacy_sealing_erased"},
        ),
    )
