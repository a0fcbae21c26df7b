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
from shopprivacy.adapters.django.sealed import SealedCharField, SealedEmailField, SealedTextField

BOOKS = "books"
"""The group of keys of what the law makes the shop keep: it outlives the account."""


class Text(models.CharField):
    """Short text, empty rather than NULL."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 200, "default": "", **options})


class SealedText(SealedCharField):
    """Short personal text, sealed; empty rather than NULL."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 200, "default": "", **options})


class SealedEmail(SealedEmailField):
    """An e-mail address, sealed, by which its row is found."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 200, "default": "", "index": True, **options})


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
    privacy_subject = "customer:id"
    name = SealedText(index="last_word")
    company = SealedText()
    vat_number = SealedText()
    email = SealedEmail(unique=True)
    phone = SealedText(group="phone")  # what the account's page can erase
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

    privacy_subject = "customer:customer_id", "address:id"
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="addresses")
    name = SealedText()
    street = SealedText()
    postcode = SealedText(index="compact")
    city = SealedText()
    country = SealedText()

    class Meta:
        db_table = "address"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.name}\n{self.street}\n{self.postcode} {self.city}\n{self.country}"


class Order(models.Model):
    privacy_subject = "customer:customer_id", "order:id"
    number = Text()
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="orders")
    address = models.ForeignKey(Address, models.PROTECT)
    name = SealedText()
    email = SealedEmail()
    phone = SealedText()
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

    privacy_subject = "order:order_id"  # kept, and erased, one by one
    order = models.OneToOneField(Order, models.PROTECT)
    number = Text()
    name = SealedText(group=BOOKS)
    company = SealedText(group=BOOKS)
    vat_number = SealedText(group=BOOKS)
    address = SealedTextField(group=BOOKS)
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
    privacy_subject = "customer:customer_id", "saved_cart:id"
    customer = models.ForeignKey(Customer, models.PROTECT, null=True)
    email = SealedEmail()
    cart = Text()
    remind = models.BooleanField()
    language = Text()
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "saved_cart"


class Quote(models.Model):
    privacy_subject = "quote:id"
    name = SealedText()
    company = SealedText()
    email = SealedEmail()
    phone = SealedText()
    product = Text()
    quantity = models.IntegerField()
    text = SealedTextField(default="")
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "quote"


class Message(models.Model):
    privacy_subject = "message:id"
    name = SealedText()
    email = SealedEmail()
    subject = SealedText()
    text = SealedTextField(default="")
    sent_at = models.DateTimeField()

    class Meta:
        db_table = "message"


class Review(models.Model):
    privacy_subject = "customer:customer_id", "review:id"
    product = models.ForeignKey(Product, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True)
    name = SealedText()
    rating = models.IntegerField()
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        db_table = "review"
        ordering = ("-id",)


class ContestEntry(models.Model):
    privacy_subject = "contest_entry:id"
    name = SealedText()
    email = SealedEmail()
    address = SealedTextField(default="")
    answer = models.IntegerField()
    entered_at = models.DateTimeField()

    class Meta:
        db_table = "contest_entry"


class NewsletterEntry(models.Model):
    privacy_subject = "newsletter_entry:id"
    email = SealedEmail(unique=True)
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
    found: dict[str, int | None] = {entry.email: None for entry in NewsletterEntry.objects.all()}
    found |= {customer.email: customer.pk for customer in Customer.objects.all()}
    return dict(sorted(found.items()))
