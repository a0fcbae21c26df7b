"""The tables of mail."""

from django.db import migrations, models

from shopprivacy.adapters.django.fields import ASCIIField


class Migration(migrations.Migration):
    """All of them."""

    dependencies = (("shopprivacy", "0002_journals"),)

    operations = (
        migrations.CreateModel(
            name="SubjectRing",
            fields=[("fingerprint", ASCIIField(max_length=61, primary_key=True, serialize=False))],
            options={"db_table": "shopprivacy_subject_ring"},
        ),
        migrations.CreateModel(
            name="MailAsked",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", ASCIIField(max_length=61)),
                ("day", ASCIIField(max_length=10)),
            ],
            options={
                "db_table": "shopprivacy_mail_asked",
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "day"), name="shopprivacy_mail_asked_uq")
                ],
            },
        ),
    )
