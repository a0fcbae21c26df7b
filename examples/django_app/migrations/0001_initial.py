"""The first version of the shop's tables. What is sealed stands here as plain bytes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from examples.django_app.models import Text


class Migration(migrations.Migration):
    initial = True

    dependencies = ()

    operations = (
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.BinaryField()),
                ("company", models.BinaryField()),
                ("vat_number", models.BinaryField()),
                ("email", models.BinaryField()),
                ("phone", models.BinaryField()),
                ("password", Text(db_column="password_hash", default="", max_length=200)),
                ("language", Text(default="", max_length=200)),
                ("created_at", models.DateTimeField()),
                ("name_last_word", models.CharField(db_index=True, editable=False, max_length=32, null=True)),
                ("email_index", models.CharField(editable=False, max_length=32, null=True, unique=True)),
            ],
            options={
                "db_table": "customer",
            },
        ),
        migrations.CreateModel(
            name="ContestEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.BinaryField()),
                ("email", models.BinaryField()),
                ("address", models.BinaryField()),
                ("answer", models.IntegerField()),
                ("entered_at", models.DateTimeField()),
                ("email_index", models.CharField(db_index=True, editable=False, max_length=32, null=True)),
            ],
            options={
                "db_table": "contest_entry",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.BinaryField()),
                ("email", models.BinaryField()),
                ("subject", models.BinaryField()),
                ("text", models.BinaryField()),
                ("sent_at", models.DateTimeField()),
                ("email_index", models.CharField(db_index=True, editable=False, max_length=32, null=True)),
            ],
            options={
                "db_table": "message",
            },
        ),
        migrations.CreateModel(
            name="NewsletterEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.BinaryField()),
                ("language", Text(default="", max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("email_index", models.CharField(editable=False, max_length=32, null=True, unique=True)),
            ],
            options={
                "db_table": "newsletter_entry",
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", Text(default="", max_length=200, unique=True)),
                ("price", models.IntegerField()),
            ],
            options={
                "db_table": "product",
            },
        ),
        migrations.CreateModel(
            name="Quote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.BinaryField()),
                ("company", models.BinaryField()),
                ("email", models.BinaryField()),
                ("phone", models.BinaryField()),
                ("product", Text(default="", max_length=200)),
                ("quantity", models.IntegerField()),
                ("text", models.BinaryField()),
                ("asked_at", models.DateTimeField()),
                ("email_index", models.CharField(db_index=True, editable=False, max_length=32, null=True)),
            ],
            options={
                "db_table": "quote",
            },
        ),
        migrations.CreateModel(
            name="Address",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.BinaryField()),
                ("street", models.BinaryField()),
                ("postcode", models.BinaryField()),
                ("city", models.BinaryField()),
                ("country", models.BinaryField()),
                ("postcode_index", models.CharField(db_index=True, editable=False, max_length=32, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="addresses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "address",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", Text(default="", max_length=200)),
                ("name", models.BinaryField()),
                ("email", models.BinaryField()),
                ("phone", models.BinaryField()),
                ("language", Text(default="", max_length=200)),
                ("status", Text(default="", max_length=200)),
                ("placed_at", models.DateTimeField()),
                ("email_index", models.CharField(db_index=True, editable=False, max_length=32, null=True)),
                (
                    "address",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="shop.address"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "order",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", Text(default="", max_length=200)),
                ("name", models.BinaryField()),
                ("company", models.BinaryField()),
                ("vat_number", models.BinaryField()),
                ("address", models.BinaryField()),
                ("shipping", models.IntegerField()),
                ("total", models.IntegerField()),
                ("vat", models.IntegerField()),
                ("issued_at", models.DateTimeField()),
                ("order", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="shop.order")),
            ],
            options={
                "db_table": "invoice",
            },
        ),
        migrations.CreateModel(
            name="PageVisit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("page", Text(default="", max_length=200)),
                ("browser", models.TextField()),
                ("visited_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "page_visit",
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", Text(default="", max_length=200)),
                ("method", Text(default="", max_length=200)),
                ("amount", models.IntegerField()),
                ("order", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="shop.order")),
            ],
            options={
                "db_table": "payment",
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.IntegerField()),
                ("price", models.IntegerField()),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="shop.order"
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="shop.product"),
                ),
            ],
            options={
                "db_table": "order_line",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.BinaryField()),
                ("rating", models.IntegerField()),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="shop.product"),
                ),
            ],
            options={
                "db_table": "review",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="SavedCart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.BinaryField()),
                ("cart", Text(default="", max_length=200)),
                ("remind", models.BooleanField()),
                ("language", Text(default="", max_length=200)),
                ("saved_at", models.DateTimeField()),
                ("email_index", models.CharField(db_index=True, editable=False, max_length=32, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "saved_cart",
            },
        ),
    )
