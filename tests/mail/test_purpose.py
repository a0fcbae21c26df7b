"""What a message is for travels in its header, whole."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.errors import PrivacyError
from shopprivacy.mail.draft import editable
from shopprivacy.mail.purpose import PURPOSE_FIELD, MailPurpose, read_purpose

MOMENT = datetime(2026, 1, 5, 12, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1)


def test_a_customer_is_named_by_an_id() -> None:
    """A whole record would travel as its text, which names a person and whose refusal nobody finds."""
    assert str(MailPurpose("orders", customer=17)) == "orders; customer=17"
    with pytest.raises(PrivacyError, match="give the id"):
        MailPurpose("orders", customer=object())


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "customer": TEXTS,
            "requested": st.datetimes(timezones=st.just(UTC)),
            "sold_at": st.datetimes(timezones=st.just(UTC)),
            "language": TEXTS,
            "url": TEXTS,
            "change_data": TEXTS,
        },
    )
)
def test_what_is_written_is_read(beside: dict[str, Any]) -> None:
    """Whatever it holds: it is ASCII on one line."""
    purpose = MailPurpose("orders", **beside)
    field = str(purpose)
    assert field.isascii()
    assert field.isprintable()
    assert read_purpose([field]) == purpose


def test_it_survives_a_queue() -> None:
    """As an object, and as bytes that are parsed again."""
    message = EmailMessage(policy=policy.SMTP)
    message[PURPOSE_FIELD] = str(
        MailPurpose(
            "promotions",
            url="https://a-very-long-name-of-a-shop.example/with/a/path/u/",
            requested=MOMENT,
            customer=17,
        )
    )
    for kept in (
        pickle.loads(pickle.dumps(message)),
        message_from_bytes(message.as_bytes(), policy=policy.default),
        message_from_bytes(message.as_bytes()),
    ):
        said = read_purpose(map(str, editable(kept).get_all(PURPOSE_FIELD, [])))
        assert (said.name, said.requested, said.customer) == ("promotions", MOMENT, "17")
        assert said.url == "https://a-very-long-name-of-a-shop.example/with/a/path/u/"


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("orders; colour=red", "one of its parts is not one of customer, requested"),
        ("orders; requested=yesterday", "requested is not a time"),
        ("orders; sold_at=2026-01-05T12:00:00", "sold_at is not a time"),
        ("orders; name=x", "one of its parts is not one of"),
    ],
)
def test_what_cannot_be_read_is_named(field: str, told: str) -> None:
    """A header that somebody wrote by hand says where it is wrong."""
    with pytest.raises(PrivacyError, match=told):
        read_purpose([field])


def test_nothing_said_is_nothing() -> None:
    """No header, and an empty one."""
    assert read_purpose([]) == read_purpose([""]) == read_purpose([" ; "]) == MailPurpose()
    assert read_purpose([str(MailPurpose(language="nl"))]) == MailPurpose(language="nl")


def test_the_call_is_nearer_than_the_header() -> None:
    """It says more where it says anything."""
    said = MailPurpose("newsletter", customer="17", language="nl")
    assert MailPurpose("orders", url="u").over(said) == MailPurpose(
        "orders", customer="17", language="nl", url="u"
    )


def test_only_what_is_known_can_be_written() -> None:
    """A misspelt name is an error at once."""
    with pytest.raises(TypeError):
        MailPurpose("orders", colour="red")  # type: ignore[call-arg]


def test_it_tells_nobody_s_address() -> None:
    """Neither what it is shown as, where an address is the id of an account, nor an error about a forgotten key."""
    assert "an@example.nl" not in repr(MailPurpose("orders", customer="an@example.nl"))
    with pytest.raises(PrivacyError) as error:
        read_purpose(["orders; an@example.nl"])
    assert "an@" not in str(error.value)
