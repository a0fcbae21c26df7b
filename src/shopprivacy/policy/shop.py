"""The shop itself: who is responsible, who may do what inside, and what it promises about terms and requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StrictBool, StrictInt

from shopprivacy.errors import Problem
from shopprivacy.policy.base import Declared, Finite, Line, Name, Names, once, refuse, text_matching
from shopprivacy.policy.durations import Duration
from shopprivacy.policy.enforcement import Decided, Enforced, Shown
from shopprivacy.policy.problems import Missing
from shopprivacy.policy.wording import shown

_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost"})
# Nothing that a mail program or a header would have to encode; 75 characters leave a header field on one line.
# No "." or "..", which every client takes out of a path before it asks for it.
_LINK_PREFIX: Final = re.compile(
    r"https?://[a-z0-9.-]+(:[0-9]{1,5})?(/(?!\.{1,2}/)[A-Za-z0-9._~-]+)+/", re.ASCII
)
_OWN_PAGES: Final = re.compile(r"/privacy/(confirm/.*)?", re.ASCII)

# What stands before the @ is sent as it is, to servers without SMTPUTF8 too (RFC 5322, section 3.2.3: dot-atom); the
# domain may be in any script.
_NAME: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[^\s\x00-\x20\x7f@<>.,;:()\"\[\]\\]+"

Email = Annotated[
    str,
    AfterValidator(
        text_matching(
            rf"{_NAME}(\.{_NAME})*@{_LABEL}(\.{_LABEL})*",
            "an e-mail address such as privacy@shop.example",
            "bad-email",
        )
    ),
]

# Printable ASCII that ends in no text around it.
_ADDRESS: Final = re.compile(r"[!#-;=?-Z\]_a-z~\[]+", re.ASCII)


class Controller(Declared):
    """Who is responsible (GDPR art. 13(1)(a)-(b)): one name, printed everywhere, and a way to reach it."""

    name: Shown[Annotated[Line, Missing("no-controller")]]
    """The legal name."""

    address: Shown[Annotated[Line, Missing("no-contact")]]
    """The postal address."""

    email: Shown[Email | None] = None
    """The address for questions and requests."""

    phone: Shown[Line | None] = None
    """The telephone number."""

    page: Shown[Line | None] = None
    """The address of a contact page."""

    registration: Line | None = None
    """The number in the trade register."""

    vat: Line | None = None
    """The VAT number."""

    officer: Line | None = None
    """How to reach the data protection officer (art. 37), if there is one."""

    def faults(self) -> Iterator[Problem]:
        """What is wrong between its own keys."""
        if not (self.email or self.phone or self.page):
            message = "is missing; give an e-mail address, a phone number or a page"
            yield Problem("email", message, "no-contact")


class Deadline(Declared):
    """What the shop promises about how soon it acts."""

    request: Finite = Duration(1, "months")
    """A customer's request is answered (art. 12(3))."""

    preference: Finite = Duration(10, "working days")
    """A withdrawal has reached mail houses and other recipients. The shop's own mail stops at once."""

    notice: Finite = Duration(1, "months")
    """Customers are told of data that came from others (art. 14(3)(a))."""


class LedgerRules(Declared):
    """The record of consent."""

    keep: Enforced[Finite] = Duration(7, "years")
    """How long a row is kept after its effect has ended."""


class Backups(Declared):
    """Backups of the data."""

    keep: Enforced[Finite] = Duration(30, "days")
    """How long a backup is kept. The journal, which brings a restored backup up to date, keeps a choice for this long
    and one more day. After that an erased person is in no backup."""


class ChoiceRules(Declared):
    """The choices of visitors."""

    keep: Enforced[Finite | None] = None
    """How long a choice is valid before the visitor is asked again. Default: as in the jurisdiction."""

    confirm_within: Enforced[Finite] = Duration(7, "days")
    """How long the link of a double opt-in works."""


class Children(Declared):
    """Children who give consent (GDPR art. 8)."""

    age: Decided[Annotated[StrictInt, Field(ge=13, le=18)] | None] = None
    """From this age on a person decides alone. Default: as in the jurisdiction."""

    guardian: Decided[Literal["mail", "operator", "refuse"]] = "operator"
    """How a parent's consent is checked: by a mail to the parent, by an operator, or not offered at all."""

    unknown_age: Decided[Literal["adult", "child"]] = "adult"
    """How a person of unknown age is treated. They are not profiled in either case."""

    discovered: Literal["erase", "report"] = "erase"
    """What happens when someone turns out to be a child without a parent's consent."""


class Requests(Declared):
    """Customers' requests (GDPR art. 12, 15-22)."""

    channels: Annotated[
        tuple[Literal["account", "email", "phone", "post", "counter"], ...], Field(min_length=1)
    ] = ("account", "email")
    """How a request can come in."""

    guests: Literal["mail", "operator"] = "mail"
    """How someone without an account shows who they are: by a mailed link, or to an operator."""


def _link_prefix(value: str) -> str:
    parts = urlsplit(value)
    secure = parts.scheme == "https" or parts.hostname in _THIS_MACHINE
    if not secure or _LINK_PREFIX.fullmatch(value) is None:
        raise refuse(
            f"{shown(value)} cannot begin an unsubscribe link; write the whole of it but the token, with https and a "
            "/ at the end, such as https://shop.example/u/ (RFC 8058, section 3.1)"
        )
    if _OWN_PAGES.fullmatch(parts.path):
        raise refuse(
            f"{shown(value)} is where the library has its own pages; write another path, such as /u/"
        )
    return value


def _page_address(value: str) -> str:
    parts = urlsplit(value)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    if not secure or not parts.hostname or _ADDRESS.fullmatch(value) is None:
        raise refuse(
            f"{shown(value)} is not the address of a page; write it with https, as https://shop.example/account"
        )
    return value


class Mail(Declared):
    """Messages."""

    url: Enforced[Annotated[str, AfterValidator(_link_prefix)] | None] = None
    """What unsubscribe links begin with: `https://shop.example/u/`. The gate answers everything below its path
    (without the path at which the shop is mounted), so choose another one if the shop uses it already. Without it the
    gate answers `/u/`, and no link can be made."""

    formerly: Enforced[tuple[Annotated[str, AfterValidator(_link_prefix)], ...]] = ()
    """Earlier values of `url`: links in older mails continue to work, as long as they reach the shop."""

    otherwise: Enforced[Name | None] = None
    """The transactional purpose of messages that do not name one: password resets, error mails, mails of other
    packages. The mail gate does not start without it."""

    change_data: Enforced[Annotated[str, AfterValidator(_page_address)] | None] = None
    """The page where customers change their details: `https://shop.example/account`. Every marketing message links to
    it, beside its unsubscribe link."""

    wait_for_journals: Enforced[Finite] = Duration(24, "hours")
    """How long marketing waits for a journal whose process has not come back, because it may contain an opt-out."""

    tracking: Enforced[Name | None] = None
    """The consent purpose for counting openings and clicks. Without it no pixel is sent, and mail services are told
    not to count and not to rewrite links."""

    unsubscribe_subjects: tuple[Line, ...] = ()
    """Fixed subjects of mails by which people unsubscribe."""

    unsubscribe_purposes: Names = ()
    """The purposes that such a mail ends. Default: all marketing."""


_KINDS: Final = ("uuid", "hex")
_NEVER_KEPT: Final = (
    "an@shop.example",
    "203.0.113.77",
    "2001:db8:85a3:8d3:1319:8a2e:370:7348",
    "NL91ABNA0417164300",
    "+31612345678",
    "4111-1111-1111-1111",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    "Xk3vQ9sTz7Lw2RbY5NcJ8mHfD4gPaE1uKo6iVtBx0qZ",
    "Zx8aBwCdEf12GhIj34KlMn",
    "k3j9x2m7q4w8z1v6b5n0c3l7p9r2t4y8",
    "jan.jansen@mail.shop.example",
    "06-12345678",
)
"""One of each kind that no pattern may keep."""


def _left_alone(value: str) -> str:
    if value in _KINDS:
        return value
    if len(value) < 3 or not (value.startswith("/") and value.endswith("/")):
        raise refuse(
            f'{shown(value)} is neither "uuid", "hex" nor a pattern between slashes, as "/ORD-[0-9]+/"'
        )
    try:
        pattern = re.compile(value[1:-1])
    except re.error as error:
        raise refuse(f"{shown(value)} is not a regular expression: {error}") from None
    if any(pattern.fullmatch(example) for example in _NEVER_KEPT):
        raise refuse(f"{shown(value)} would keep addresses or tokens; write what your numbers look like")
    return value


class Logs(Declared):
    """The access log, the application's log, and old logs that are cleaned."""

    keep: Enforced[
        Annotated[tuple[Annotated[Line, AfterValidator(_left_alone)], ...], AfterValidator(once)]
    ] = _KINDS
    """What is kept although it looks random: `uuid`, `hex` (digests), and patterns of whole words between slashes."""


class StaffRole(Declared):
    """A role of staff: what it may open."""

    purposes: Names
    """The purposes it works for; it sees sealed values for all others."""

    second_credential: StrictBool = False
    """It must show a second credential before values open."""


class SelfCheck(Declared):
    """How the shop keeps checking itself."""

    every: Finite
    """A report of `shopprivacy prove` older than this is a finding."""
