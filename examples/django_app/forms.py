"""The shop's forms. Labels and mistakes are said in the visitor's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from examples.django_app.models import Customer
from examples.django_app.orders import PAYMENT_METHODS
from examples.django_app.shop import catalogue
from examples.shop.cart import MOST_OF_ONE
from examples.shop.forms import PASSWORD_LENGTH
from examples.shop.mails import ABOUT_ORDERS
from examples.shop.vat import COUNTRIES, EU_COUNTRIES, clean_vat_number, is_vat_number


class ShopForm(forms.Form):
    """A form in one of the shop's languages. Ids are the names of the fields."""

    labels: Mapping[str, str] = {}
    """The text of a field's label, where it is not the field's own name."""

    def __init__(
        self, texts: Mapping[str, str], data: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(data, auto_id="%s", **options)
        self.texts = texts
        for name, field in self.fields.items():
            field.template_name = "shop/field.html"
            field.label = texts.get(self.labels.get(name, name), name)
            field.help_text = texts[field.help_text] if field.help_text else ""
            field.optional = texts["optional"]
            field.error_messages |= self._mistakes(field)

    @property
    def mistakes(self) -> list[str]:
        """Everything that is wrong, as sentences."""
        return [mistake for mistakes in self.errors.values() for mistake in mistakes]

    def say(self, mistake: str, field: str) -> None:
        """Note a mistake that the form itself cannot see."""
        self.add_error(field, self.texts[mistake])

    def _mistakes(self, field: forms.Field) -> dict[str, str]:
        said = {
            "required": "error_required",
            "max_length": "error_long",
            "invalid": "error_email" if isinstance(field, forms.EmailField) else "error_choice",
            **dict.fromkeys(("invalid_choice", "min_value", "max_value"), "error_choice"),
        }
        if isinstance(field.widget, forms.PasswordInput):
            said |= dict.fromkeys(("required", "min_length", "max_length"), "error_password")
        return {code: self.texts[key].format(field=field.label) for code, key in said.items()}


def line(longest: int, autocomplete: str = "", **options: Any) -> forms.CharField:
    """Make a field for a line of text."""
    attributes = {"autocomplete": autocomplete} if autocomplete else {}
    kind = options.pop("type", None)
    widget = forms.TextInput(attrs=attributes | ({"type": kind} if kind else {}))
    return forms.CharField(max_length=longest, widget=widget, **options)


def lines(longest: int, rows: int = 6, **options: Any) -> forms.CharField:
    """Make a field for several lines of text."""
    return forms.CharField(
        max_length=longest, widget=forms.Textarea(attrs={"rows": rows, "cols": False}), **options
    )


class Email(forms.EmailField):
    """An e-mail address, in lower case."""

    def __init__(self, autocomplete: str = "email") -> None:
        super().__init__(max_length=200, widget=forms.EmailInput(attrs={"autocomplete": autocomplete}))

    def clean(self, value: str | None) -> str:
        address: str = super().clean(value)
        return address.lower()


def choice(offered: Iterable[tuple[str, str]], **options: Any) -> forms.ChoiceField:
    """Make a field for one of the values that are offered."""
    return forms.ChoiceField(choices=list(offered), **options)


def new_password() -> forms.CharField:
    """Make a field for a password that is chosen here."""
    return forms.CharField(
        min_length=PASSWORD_LENGTH,
        max_length=1000,
        strip=False,
        help_text="password_hint",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class Registration(ShopForm):
    name = line(80, "name")
    email = Email()
    password = new_password()

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if Customer.objects.filter(email=email).exists():
            raise forms.ValidationError(self.texts["email_taken"])
        return email


class LogIn(ShopForm):
    email = Email("username")
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class Person(ShopForm):
    """Who buys, and where to: companies in the EU give a VAT number, others must not."""

    name = line(80, "name")
    email = Email()
    phone = line(30, "tel", required=False, type="tel")
    company = line(80, "organization", required=False)
    vat_number = line(30, required=False, help_text="vat_hint")
    street = line(120, "street-address")
    postcode = line(12, "postal-code")
    city = line(80, "address-level2")
    country = choice(
        COUNTRIES.items(), required=False, widget=forms.Select(attrs={"autocomplete": "country"})
    )

    def clean_vat_number(self) -> str:
        return clean_vat_number(self.cleaned_data["vat_number"])

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean()
        if not given.get("country") and "country" not in self.errors:
            self.say("error_choice", "country")
        number = given.get("vat_number", "")
        expected = bool(given.get("company")) and given.get("country") in EU_COUNTRIES
        if expected and not number:
            self.say("error_vat_missing", "vat_number")
        elif expected and not is_vat_number(number):
            self.say("error_vat_invalid", "vat_number")
        elif number and not expected:
            self.say("error_vat_refused", "vat_number")
        return given


class Checkout(Person):
    payment = choice(PAYMENT_METHODS.items(), widget=forms.RadioSelect)


class Profile(Person):
    """A customer's own details; the address may be left out, but not by half."""

    def __init__(self, *arguments: Any, customer: Customer, **options: Any) -> None:
        self.customer = customer
        super().__init__(*arguments, **options)
        for name in ("street", "postcode", "city"):
            self.fields[name].required = False

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if Customer.objects.filter(email=email).exclude(pk=self.customer.pk).exists():
            raise forms.ValidationError(self.texts["email_taken"])
        return email

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for name in ("postcode", "city"):
            if given.get("street") and not given.get(name) and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        return given


class Quantity(ShopForm):
    quantity = forms.IntegerField(min_value=0, max_value=MOST_OF_ONE)


class SaveCart(ShopForm):
    email = Email()
    remind = forms.BooleanField(required=False)


class Subscription(ShopForm):
    email = Email()


class Contact(ShopForm):
    name = line(80, "name")
    email = Email()
    subject = line(120)
    message = lines(5000)


class QuoteRequest(ShopForm):
    product = forms.ChoiceField()
    quantity = forms.IntegerField(min_value=1, max_value=100_000, initial=25)
    name = line(80, "name")
    company = line(80, "organization", required=False)
    email = Email()
    phone = line(30, "tel", required=False, type="tel")
    message = lines(5000)

    def __init__(self, *arguments: Any, language: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["product"].choices = [(item.slug, item.name[language]) for item in catalogue().values()]


class ContestAnswer(ShopForm):
    labels = {"address": "delivery"}  # noqa: RUF012

    answer = forms.IntegerField(min_value=0, max_value=1_000_000)
    name = line(80, "name")
    email = Email()
    address = lines(300, rows=3)


class WriteReview(ShopForm):
    labels = {"text": "your_review", "name": "your_name_optional"}  # noqa: RUF012

    rating = forms.TypedChoiceField(coerce=int)
    text = lines(2000, rows=4)
    name = line(80, required=False, help_text="name_shown")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["rating"].choices = [
            (stars, f"{stars} {self.texts['out_of_5']}") for stars in (5, 4, 3, 2, 1)
        ]
        self.fields["name"].optional = ""  # its label says so


class Forgotten(ShopForm):
    email = Email("username")


class NewPassword(ShopForm):
    password = new_password()


class AboutOrder(ShopForm):
    order_number = line(40)
    order_message_kind = forms.ChoiceField()

    def __init__(self, texts: Mapping[str, str], *arguments: Any, **options: Any) -> None:
        super().__init__(texts, *arguments, **options)
        self.fields["order_message_kind"].choices = [(kind, texts[f"kind_{kind}"]) for kind in ABOUT_ORDERS]


class Mailing(ShopForm):
    purpose = forms.ChoiceField()
    subject = line(120)
    message = lines(20_000)

    def __init__(self, *arguments: Any, purposes: Iterable[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["purpose"].choices = [(name, name) for name in purposes]
