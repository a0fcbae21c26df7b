"""The shop's tables. Money in cents, times in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Sum
from django.db.models.functions import Coalesce

from examples.shop.catalogue import read_catalogue


class Text(models.CharField):
    """Short text, empty rather than NULL."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 200, "default": "", **options})


class ProductManager(models.Manager):
    def fill(self) -> None:
        """Put the catalogue's products in, in its order."""
        for item in read_catalogue().values():
            self.update_or_create(slug=item.slug, defaults={"price": item.price})

    def best_sellers(self) -> list[str]:
        """Return the slugs of all products, the most sold first."""
        sold = Coalesce(Sum("orderline__quantity"), 0)
        return list(self.annotate(sold=sold).order_by("-sold", "id").values_list("slug", flat=True))


class Product(models.Model):
    slug = Text(unique=True)
    price = models.IntegerField()

    objects = ProductManager()

    class Meta:
        db_table = "product"


class CustomerManager(BaseUserManager):
    def register(self, *, name: str, email: str, password: str, language: str, now: datetime) -> Customer:
        """Create an account."""
        customer = self.model(name=name, email=email, language=language, created_at=now)
        customer.set_password(password)
        customer.save(using=self._db)
        made: Customer = customer
        return made


class Customer(AbstractBaseUser):
    name = Text()
    company = Text()
    vat_number = Text()
    email = Text(unique=True)
    phone = models.BinaryField(null=True)  # sealed: examples/shop/sealed.py
    password = Text(db_column="password_hash")
    last_login = None
    language = Text()
    created_at = models.DateTimeField()

    objects = CustomerManager()
    USERNAME_FIELD = "email"

    class Meta:
        db_table = "customer"

    def looked_at(self) -> Iterable[str]:
        """Return the paths of the pages the customer looked at, the latest first."""
        pages: Iterable[str] = self.pagevisit_set.order_by("-id").values_list("page", flat=True)[:50]
        return pages


class Address(models.Model):
    """Where to deliver: a customer's, or that of one order by a guest."""

    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="addresses")
    name = Text()
    street = Text()
    postcode = Text()
    city = Text()
    country = Text()

    class Meta:
        db_table = "address"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.name}\n{self.street}\n{self.postcode} {self.city}\n{self.country}"


class Order(models.Model):
    number = Text()
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="orders")
    address = models.ForeignKey(Address, models.PROTECT)
    name = Text()
    email = Text()
    phone = Text()
    language = Text()
    status = Text()
    placed_at = models.DateTimeField()

    class Meta:
        db_table = "order"
        ordering = ("-id",)


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT)
    quantity = models.IntegerField()
    price = models.IntegerField()

    class Meta:
        db_table = "order_line"
        ordering = ("id",)


class Invoice(models.Model):
    """A copy of what was true when it was issued: an invoice never changes."""

    order = models.OneToOneField(Order, models.PROTECT)
    number = Text()
    name = Text()
    company = Text()
    vat_number = Text()
    address = models.TextField()
    shipping = models.IntegerField()
    total = models.IntegerField()
    vat = models.IntegerField()
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "invoice"


class Payment(models.Model):
    order = models.OneToOneField(Order, models.PROTECT)
    reference = Text()
    method = Text()
    amount = models.IntegerField()

    class Meta:
        db_table = "payment"


class SavedCart(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT, null=True)
    email = Text()
    cart = Text()
    remind = models.BooleanField()
    language = Text()
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "saved_cart"


class Quote(models.Model):
    name = models.BinaryField()
    company = models.BinaryField()
    email = models.BinaryField()
    phone = models.BinaryField()
    product = Text()
    quantity = models.IntegerField()
    text = models.BinaryField()
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "quote"


class Message(models.Model):
    """Sealed, as quotations and entries for the contest are: ``keep_letter`` is the only way in."""

    name = models.BinaryField()
    email = models.BinaryField()
    subject = models.BinaryField()
    text = models.BinaryField()
    sent_at = models.DateTimeField()

    class Meta:
        db_table = "message"


class Review(models.Model):
    product = models.ForeignKey(Product, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True)
    name = Text()
    rating = models.IntegerField()
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        db_table = "review"
        ordering = ("-id",)


class ContestEntry(models.Model):
    name = models.BinaryField()
    email = models.BinaryField()
    address = models.BinaryField()
    answer = models.IntegerField()
    entered_at = models.DateTimeField()

    class Meta:
        db_table = "contest_entry"


class NewsletterEntry(models.Model):
    email = Text(unique=True)
    language = Text()
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "newsletter_entry"


class PageVisit(models.Model):
    """Which page was looked at, by which customer where one was logged in."""

    customer = models.ForeignKey(Customer, models.PROTECT, null=True)
    page = Text()
    browser = models.TextField()
    visited_at = models.DateTimeField()

    class Meta:
        db_table = "page_visit"


def everyone() -> dict[str, int | None]:
    """Return every address the shop ever got hold of, each with the number of its account, if it has one.

    That is wrong: nobody asks here who agreed to mail. It is left to the library to put that right.
    """
    found: dict[str, int | None] = dict.fromkeys(NewsletterEntry.objects.values_list("email", flat=True))
    found |= dict(Customer.objects.values_list("email", "pk"))
    return dict(sorted(found.items()))
