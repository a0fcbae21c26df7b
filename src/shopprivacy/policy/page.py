"""The page: cookies, third parties, the signals of browsers, shared caches, and how far each border is enforced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from shopprivacy.errors import Problem
from shopprivacy.policy.base import (
    HEADER_PATTERN,
    Declared,
    Domains,
    Hosts,
    Line,
    Name,
    Names,
    Paths,
    life,
    refuse,
    text_matching,
)
from shopprivacy.policy.durations import Duration
from shopprivacy.policy.enforcement import Enforced, Shown
from shopprivacy.policy.vocabulary import CONSENT_COOKIE, RESERVED
from shopprivacy.policy.wording import key_path, shown

COOKIE_NAME_PATTERN: Final = r"^[!#$%&'+.^_`|~0-9A-Za-z:/?@<>(){}\[\]-]+\*?$"
"""What parsers agree on, a token (RFC 9110 §5.6.2) and more; a ``*`` at the end alone, where it means any ending."""


def cookie_name(value: str) -> str:
    """A cookie name as declared; a ``*`` at the end stands for any ending.

    Raises:
        PydanticCustomError: it is no token (RFC 9110 §5.6.2), reserved, or the library's own.
    """
    if value == "*":
        raise refuse('"*" would allow every cookie; a wildcard has at least one character before the *')
    if re.fullmatch(COOKIE_NAME_PATTERN, value) is None:
        raise refuse(
            f"{shown(value)} cannot be the name of a cookie: letters, digits, !#$%&'+-.^_`|~:/?@<>(){{}}[], "
            "a * at the end"
        )
    if value.startswith("$"):
        raise refuse(
            f"{shown(value)} begins with a $, which RFC 2965 kept for itself; servers drop such cookies"
        )
    if value.lower() in RESERVED:
        raise refuse(f"{shown(value)} is the name of a cookie attribute; http.cookies refuses it as a name")
    if value == CONSENT_COOKIE or (value.endswith("*") and CONSENT_COOKIE.startswith(value[:-1])):
        raise refuse(
            f"{shown(value)} covers {CONSENT_COOKIE}, which belongs to the library and is always there"
        )
    return value


CookieName = Annotated[
    str, AfterValidator(cookie_name), Field(json_schema_extra={"pattern": COOKIE_NAME_PATTERN})
]
Life = Annotated[Duration | Literal["session"], BeforeValidator(life)]


CookieUse = Literal["visit", "login", "security", "basket", "language", "messages", "servers"]
"""What essential cookies do: hold a visit together, keep somebody logged in, protect forms and pages, remember the
basket or the language, show a message on the next page, send a visitor to the same server."""


class Cookie(Declared):
    """One cookie, or all whose names have the same beginning. Lawful if essential, exempt, or its purpose needs
    consent.
    """

    purpose: Enforced[Name | None] = None
    """The purpose it serves. Only an essential cookie may leave it out (a load balancer's)."""

    essential: Enforced[StrictBool] = False
    """Strictly needed for what the visitor asked for (directive 2002/58 art. 5(3)); set without asking."""

    use: Shown[CookieUse | None] = None
    """What an essential cookie does, if no purpose says it; the cookie table shows it in the customer's language."""

    exempt: Enforced[Line | None] = None
    """The law that exempts it from consent, such as "Tw 11.7a(3)(b)". Set without asking; visitors may object."""

    life: Enforced[Life]
    """How long a browser keeps it: a term such as "13 months", or "session"."""

    domains: Enforced[Domains] = ()
    """The domains it is set for, without a leading dot. Default: only the host itself."""

    paths: Enforced[Annotated[Paths, Field(min_length=1, json_schema_extra={"minItems": 1})]] = ("/",)
    """The paths it is set for."""

    partitioned: Enforced[StrictBool] = False
    """It is kept apart for each embedding site (CHIPS)."""

    identifying: StrictBool = False
    """Its value identifies a person; access and erasure include what is stored under it."""

    recipients: Shown[Names] = ()
    """The recipients that read it."""

    def faults(self) -> Iterator[Problem]:
        """What is wrong between its own keys."""
        if self.purpose is None and not self.essential:
            yield Problem("purpose", "is missing; only an essential cookie may leave its purpose out")
        if self.essential and self.exempt:
            yield Problem("exempt", "cannot be combined with essential = true; write one of the two")
        elif self.exempt and not any(character.isdigit() for character in self.exempt):
            message = f'{shown(self.exempt)} names no article of a law; write one, such as "Tw 11.7a(3)(b)"'
            yield Problem("exempt", message, "no-exemption")

    def faults_with(self, name: str) -> Iterator[Problem]:
        """What the prefix of its name forbids (RFC 6265bis §4.1.3): browsers would refuse such a cookie."""
        if name.lower().startswith("__host-"):
            place = key_path(("cookies", name))
            if self.domains:
                yield Problem(
                    f"{place}.domains", "a cookie named __Host-… belongs only to the host; delete this key"
                )
            if self.paths != ("/",):
                yield Problem(f"{place}.paths", 'a cookie named __Host-… has the path "/"; leave it out')


Kind = Literal["script", "style", "img", "frame", "connect", "font", "media"]
"""What a page loads from a third party; one word for each kind of Content-Security-Policy source."""

Border = Literal["report", "enforce"]


def _free_header(value: str) -> str:
    if value.lower() in {"cookie", "vary", "host"}:
        raise refuse(
            f'{shown(value)} already means something to caches; choose a name of its own, as "ConsentKey"'
        )
    return value


Header = Annotated[
    str,
    AfterValidator(
        text_matching(
            HEADER_PATTERN,
            "a header that no client can forge, because WSGI servers confuse hyphen and underscore; "
            'write only letters and digits, such as "ConsentKey"',
        )
    ),
    AfterValidator(_free_header),
    Field(json_schema_extra={"pattern": HEADER_PATTERN}),
]


class ThirdParty(Declared):
    """Something of another company in the page: blocked until its purpose is allowed."""

    purpose: Shown[Name]
    """The purpose it serves."""

    hosts: Shown[Annotated[Hosts, Field(min_length=1, json_schema_extra={"minItems": 1})]]
    """The hosts it is loaded from or talks to; `*.example.com` for all below a domain."""

    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    """What is loaded: script, style, img, frame, connect, font, media."""

    recipient: Name | None = None
    """The recipient that provides it."""

    title: Shown[Line | None] = None
    """The name that visitors know, for the placeholder of an embed."""


class Mode(Declared):
    """How far each border goes: `report` changes nothing and tells everything, `enforce` acts."""

    cookies: Enforced[Border] = "enforce"
    """Cookies in requests and responses."""

    page: Border = "enforce"
    """Scripts, pixels and embeds of third parties."""

    log: Enforced[Border] = "enforce"
    """Access and application logs."""

    mail: Enforced[Border] = "enforce"
    """Outgoing messages."""

    data: Border = "enforce"
    """Reads and writes of personal fields."""

    recipients: Border = "enforce"
    """What leaves for recipients."""


Answer = Literal["object", "ignore"]


class Signals(Declared):
    """What the shop does with the signals a browser sends; the statement says what stands here."""

    gpc: Enforced[Answer] = "object"
    """Global Privacy Control (`Sec-GPC: 1`): an objection to the purposes below, or ignored."""

    dnt: Enforced[Answer] = "ignore"
    """Do Not Track (`DNT: 1`): the same."""

    purposes: Enforced[Names] = ()
    """The purposes that a signal objects to. Default: those that the browser is asked about, and those of exempt
    cookies whose basis is a legitimate interest."""


class Cache(Declared):
    """For a shared cache in front of the shop."""

    key_header: Enforced[Header | None] = None
    """The request header that the cache computes from the consent cookie, to keep its copies separate. Only letters
    and digits: WSGI servers take `X_Key` from a client for `X-Key`."""
