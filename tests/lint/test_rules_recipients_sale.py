"""The rule about sales of personal data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.cases import HOST, Policy


def found(more: str, folder: Path) -> list[tuple[str, str]]:
    """Id and place of each finding."""
    return [(finding.id, finding.path) for finding in Policy(more).checked(folder).findings]


def recipient(name: str) -> str:
    """One of this name, beside the shop's host."""
    return f'[recipients.{name}]\nrole = "controller"\nfor = ["statistics"]\ncountry = "NL"\n{HOST}'


@pytest.mark.parametrize(
    ("name", "sale"),
    [
        ("sell_profiles", True),
        ("list_selling", True),
        ("addresses_sold", True),
        ("resale_of_lists", True),
        ("verkoop", True),
        ("verkopen_aan_derden", True),
        ("adressen_verkocht", True),
        ("vente_de_fichiers", True),
        ("vendre", True),
        ("verkauf", True),
        ("daten_verkaufen", True),
        ("sales", False),
        ("sales_orders", False),
        ("after_sales", False),
        ("verkooporder", False),
        ("kundenverkaufsdaten", False),
        ("bestseller", False),
        ("wholesale", False),
    ],
)
def test_names_that_speak_of_a_sale(tmp_path: Path, name: str, sale: bool) -> None:
    """A word for a sale, in four languages, is found in a purpose's or a recipient's name, but no part of a word."""
    purpose = f'[purposes.{name}]\nbasis = "contract"\n'
    assert found(purpose, tmp_path) == [("sale-in-name", f"purposes.{name}")] * sale
    assert found(recipient(name), tmp_path) == [("sale-in-name", f"recipients.{name}")] * sale


@pytest.mark.parametrize("name", ["sell", "sale", "data_sale"])
def test_a_recipient_cannot_be_a_buyer(tmp_path: Path, name: str) -> None:
    """What is refused as a purpose is found as a recipient, which may still be a shop that sells goods."""
    assert found(recipient(name), tmp_path) == [("sale-in-name", f"recipients.{name}")]
    purpose = f'[purposes.{name}]\nbasis = "consent"\n'
    assert found(purpose, tmp_path) == [("sale", f"purposes.{name}")]


def test_a_sale_of_goods_can_be_accepted(tmp_path: Path) -> None:
    """A shop whose summer sale has a purpose of its own says so."""
    more = '[purposes.summer_sale]\nbasis = "consent"\n'
    report = Policy(f'{more}[accepted]\nsale-in-name."purposes.summer_sale" = "of carpets"\n').checked(
        tmp_path
    )
    assert report.findings == ()
    assert [entry.reason for entry in report.accepted] == ["of carpets"]
