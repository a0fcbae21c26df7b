"""What the gate owes a visitor, said a second time: from the policy and the choices alone, without the gate's code."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters, digits

from shopprivacy.consent.choices import Choice
from shopprivacy.policy import Cookie, Policy
from shopprivacy.policy.vocabulary import RESERVED

_TOKEN = frozenset(ascii_letters + digits + "!#$%&'*+-.^_`|~")


def declaration(policy: Policy, name: str) -> Cookie | None:
    """Return what the policy says of a name: the exact declaration, else the longest fitting wildcard.

    No wildcard fits a name that parsers keep for attributes, nor one that is no token (RFC 9110, section 5.6.2).
    """
    if name.lower() in RESERVED or not name or set(name) - _TOKEN:
        return None
    fitting = [d for d in policy.cookies if d.endswith("*") and name.startswith(d[:-1])]
    return policy.cookies.get(name) or (policy.cookies[max(fitting, key=len)] if fitting else None)


def allowed(policy: Policy, given_choices: Mapping[str, Choice], name: str) -> bool:
    """Whether a cookie of this name may be there for a visitor whose choices these are."""
    cookie = declaration(policy, name)
    if cookie is None:
        return False
    if cookie.essential:
        return True
    chosen = given_choices.get(str(cookie.purpose))
    return chosen is Choice.GRANTED if cookie.exempt is None else chosen in {None, Choice.GRANTED}
