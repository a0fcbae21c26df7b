"""Names of what points to a person: read as people write them, and nothing that only looks like one."""

# ruff: noqa: E501  # tables
from __future__ import annotations

import pytest

from shopprivacy import personal_names as names


@pytest.mark.parametrize(
    "name",
    ["password", "new_password2", "X-CSRF-Token", "accessToken", "HTTP_COOKIE", "--db-password", "mot_de_passe", "hasło", "input_value", "tokens", "_gcl_au", "fbclid", "_ga", "IDE", "card_cvc", "api.key", "password_confirm", "passwordConfirmation", "wachtwoord_herhaal", "password_2", "new-password-2", "newpassword", "accesstoken", "token_value", "authorization_code"],
)  # fmt: skip
def test_secrets(name: str) -> None:
    """Names of secrets are meant by their last words, in any spelling."""
    assert names.is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["max_tokens", "session_length", "user_input", "author", "compass", "ide", "pinned", "keyboard", "secretary", "order", "page", "order_confirmation", "confirm", "value", "page_2", "passwordless"],
)  # fmt: skip
def test_no_secrets(name: str) -> None:
    """Names that only contain such a word are none."""
    assert not names.is_secret(name)


@pytest.mark.parametrize(
    ("kind", "yes", "no"),
    [
        (names.is_personal, ["email", "workEmail", "first_name", "billing_address", "geboortedatum", "kod_pocztowy"], ["name", "product_name", "mailer", "streetwear"]),
        (names.is_password, ["wachtwoord", "mdp"], ["token"]),
        (names.is_code, ["cvc", "verification_code"], ["status_code", "code"]),
        (names.is_phone, ["tel", "phone_number", "mobiel", "customer_phone2"], ["smartphone", "hotel"]),
        (names.is_card, ["card_number", "amex"], ["cart", "postcard_size"]),
        (names.is_national, ["bsn", "customerBsn", "pesel", "social_security_number"], ["lessons", "nationalIdNumber"]),
        (names.follows_visitors, ["_fbp", "gclid", "muc_ads"], ["_ga", "cart", "ide"]),
    ],
)  # fmt: skip
def test_kinds(kind: object, yes: list[str], no: list[str]) -> None:
    """Each kind knows its names, in more than one language, and no other."""
    assert callable(kind)
    assert [name for name in yes if not kind(name)] == []
    assert [name for name in no if kind(name)] == []
