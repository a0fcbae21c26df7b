"""What a customer tells about themselves, to the form and back."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from examples.shop.forms import Form
from examples.shop.sql.customers import find_by_email
from examples.shop.sql.orders import Buyer
from examples.shop.sql.tables import Address, Customer
from examples.shop.vat import COUNTRIES
from shopprivacy import SealRefused


def profile(customer: Customer | None) -> Mapping[str, str]:
    """Return what the shop knows already, as the fields of a form."""
    if customer is None:
        return {}
    address = customer.addresses[-1] if customer.addresses else None
    return {
        "name": customer.name,
        "company": customer.company,
        "vat_number": customer.vat_number,
        "email": customer.email,
        "phone": customer.phone,
        "street": address.street if address else "",
        "postcode": address.postcode if address else "",
        "city": address.city if address else "",
        "country": address.country if address else "",
    }


def read_profile(form: Form, customer: Customer, session: Session) -> None:
    """Change a customer as the form says; the caller commits, or rolls back where it has mistakes."""
    email = form.email()
    other = find_by_email(session, email)
    if other is not None and other is not customer:
        form.mistakes.append(("email_taken", "email"))
    country = form.choice("country", COUNTRIES)
    customer.name = form.required("name", 80)
    customer.company = form.optional("company", 80)
    customer.vat_number = form.vat_number(customer.company, country)
    customer.email = email
    customer.phone = form.optional("phone", 30)
    street = form.optional("street", 120)
    if street:
        address = Address(
            name=customer.name,
            street=street,
            postcode=form.required("postcode", 12),
            city=form.required("city", 80),
            country=country,
        )
        # A new row for a new address: earlier orders went to the old one.
        if str(address) not in map(str, customer.addresses[-1:]):
            customer.addresses.append(address)
    if not form.mistakes:
        try:
            session.flush()
        except SealRefused:
            form.mistakes.append(("error_erased", "phone"))


def read_buyer(form: Form) -> Buyer:
    """Read who orders, and where it goes."""
    company = form.optional("company", 80)
    country = form.choice("country", COUNTRIES)
    return Buyer(
        name=form.required("name", 80),
        company=company,
        vat_number=form.vat_number(company, country),
        email=form.email(),
        phone=form.optional("phone", 30),
        street=form.required("street", 120),
        postcode=form.required("postcode", 12),
        city=form.required("city", 80),
        country=country,
    )
