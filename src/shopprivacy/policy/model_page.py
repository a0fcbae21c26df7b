"""The page and its signals: third parties, how far each border is enforced, Global Privacy Control, caches."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shopprivacy.policy.enforcement import Enforced, Shown
from shopprivacy.policy.model_base import Declared
from shopprivacy.policy.model_values import HEADER_PATTERN, Hosts, Line, Name, Names, refuse, text_matching
from shopprivacy.policy.wording import shown

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
            "a header that no client can forge, since hyphen and underscore are the same to WSGI servers; "
            'write letters and digits alone, as "ConsentKey"',
        )
    ),
    AfterValidator(_free_header),
    Field(json_schema_extra={"pattern": HEADER_PATTERN}),
]


class ThirdParty(Declared):
    """Something of another company in the page: held back until its purpose is live."""

    purpose: Shown[Name]
    """The purpose it serves."""

    hosts: Shown[Annotated[Hosts, Field(min_length=1, json_schema_extra={"minItems": 1})]]
    """The hosts it is loaded from or talks to; `*.example.com` for all below a domain."""

    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    """What is loaded: script, style, img, frame, connect, font, media."""

    recipient: Name | None = None
    """The recipient that stands behind it."""

    title: Shown[Line | None] = None
    """The name visitors know it by, for the placeholder of an embed."""


class Mode(Declared):
    """How far each border goes: `report` changes nothing and tells everything, `enforce` acts."""

    cookies: Enforced[Border] = "enforce"
    """Cookies in requests and responses."""

    page: Border = "enforce"
    """Scripts, pixels and embeds of third parties."""

    log: Border = "enforce"
    """Access and application logs."""

    mail: Border = "enforce"
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
    """The purposes a signal objects to. Left out: those the browser is asked for, and those of exempt
    cookies that rest on an interest."""


class Cache(Declared):
    """For a shared cache in front of the shop."""

    key_header: Enforced[Header | None] = None
    """The request header that the cache computes from the consent cookie and keeps its copies apart by. Letters and
    digits alone: WSGI servers take `X_Key` from a client for `X-Key`."""
