"""Each key says how far it is enforced, and the code reads it so far: compared by recording who reads what."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from email.message import EmailMessage
from itertools import product
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest
from docs._ext.enforced import with_block
from docs._ext.policy_schema import json_schema

import shopprivacy
from shopprivacy import Privacy, PrivacyError
from shopprivacy.analytics.event_rules import event_rules
from shopprivacy.consent.choices import Choice
from shopprivacy.decision import Action, Case, Event, Record, SubjectState, may
from shopprivacy.gate.gate import Gate
from shopprivacy.ledger.pruning import PruningRules
from shopprivacy.pages.page_context import CHOICES_PATH, COOKIES_PATH, GPC_PATH
from shopprivacy.policy import Policy
from shopprivacy.policy.base import Declared
from shopprivacy.policy.enforcement import Enforcement, declared, enforcement_of, in_short, keys_below
from shopprivacy.storage.memory import MemoryStore
from tests.gate.exchange import KEYSET, NOW, Host, Shop, choices, consent_pair, through_wsgi
from tests.mail.desk import desk as mail_desk
from tests.pages.desk import Desk
from tests.policy.files import base_with

ROOT = Path(__file__).parents[2]
KEYS = list(keys_below(Policy))

DECIDES: Final = "shopprivacy.decision"
PRINTS: Final = (
    "shopprivacy.decision.outcome",
    "shopprivacy.pages",
    "shopprivacy.consent.consent_record",
    "shopprivacy.mail.messages",
)
"""What reads keys to say them: why a decision is no, and the library's own pages."""
SPARED: Final = ("policy", "lint", "cli")
"""What only checks keys and prints them for the shop."""

JUDGED: Final = {
    "presets": (Enforcement.NO, "their cookies are put among the cookies before there is a policy to record"),
    "accepted": (Enforcement.NO, "`check` shows them, and checks them"),
    "controller.email": (Enforcement.YES, "the mail gate takes it for the shop's own; what it says is shown"),
    "data.*.sealed": (Enforcement.NO, "`check` compares it with the shop's models"),
    "minimum_group": (Enforcement.NO, "the report reads it, which is made beside the shop"),
    "third_parties.*.purpose": (
        Enforcement.YES,
        "only whether a return from its hosts begins a visit hangs on it; nothing is held back yet",
    ),
}
"""Keys whose mark is not what is recorded: what is, and why the mark is right all the same."""

FULL: dict[str, Any] = base_with(
    controller={"phone": "1", "page": "https://shop.example/contact"},
    presets=["flask"],
    data={"health": {"fields": ["customer.diet"], "special": True}, "messages": ["message.*"]},
    separate={"support": ["messages"]},
    children={"age": 15, "guardian": "mail", "unknown_age": "child"},
    choices={"keep": "5 months"},
    cache={"key_header": "ConsentKey"},
    mail={"url": "https://shop.example/u/", "change_data": "https://shop.example/account"}
    | {"otherwise": "parcels", "tracking": "statistics"},
    signals={"gpc": "object", "dnt": "object"},
    analytics={"purpose": "counting", "visitor": "statistics"},
    purposes={
        "tax": {
            "basis": "legal_obligation",
            "law": "AWR art. 52",
            "data": ["contact"],
            "review": date(2027, 1, 1),
        },
        "fraud": {
            "basis": "legitimate_interest",
            "interest": "stopping abuse",
            "data": ["contact"],
            "keep": "5 years after case_closed",
            "needs": "case",
            "profiling": True,
            "restriction": "storage",
        },
        "help": {"basis": "contract", "data": ["messages", "contact"], "keep": "1 year after last_contact"}
        | {"combines": ["support"], "notice": True},
        "post": {
            "basis": "legitimate_interest",
            "interest": "selling",
            "mail": "marketing",
            "channels": ["post"],
        },
        "offers": {
            "basis": "legitimate_interest",
            "interest": "selling",
            "mail": "marketing",
            "soft_opt_in": True,
            "formerly": ["specials"],
        },
        "news": {"basis": "consent", "mail": "marketing", "confirm": "double_opt_in"},
        "calls": {"basis": "legitimate_interest", "interest": "selling", "direct_marketing": True},
        "counting": {"basis": "legitimate_interest", "interest": "knowing what works"},
        "parcels": {"basis": "contract", "mail": "transactional"},
    },
    recipients={
        "host": {"role": "processor", "for": ["orders", "fraud"], "data": ["contact"], "country": "NL"}
        | {"name": "Host B.V.", "fields": ["customer.email"], "sealed": True},
        "tax_office": {"role": "authority", "for": ["tax"], "data": ["contact"], "country": "NL"}
        | {"needs": "legal_reference"},
        "counters": {"role": "processor", "for": ["statistics"], "country": "NL", "aggregate": True},
    },
    cookies={
        "cart": {"purpose": "orders", "essential": True, "life": "30 days"},
        "_ga": {
            "purpose": "statistics",
            "life": "13 months",
            "recipients": ["counters"],
            "identifying": True,
        },
        "__Secure-ga": {"purpose": "statistics", "life": "1 day", "partitioned": True, "paths": ["/shop"]}
        | {"domains": ["shop.example"]},
        "_pk": {"purpose": "counting", "exempt": "Tw 11.7a(3)(b)", "life": "30 days"},
    },
    third_parties={
        "video": {"purpose": "statistics", "hosts": ["video.example"], "kinds": ["frame"], "title": "Video"}
        | {"recipient": "counters"},
    },
)
"""A policy in which everything that is read somewhere has a value."""


class Recording:
    """Which modules read which keys of which models, while it is on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.readers: defaultdict[tuple[type, str], set[str]] = defaultdict(set)
        plain = object.__getattribute__

        def recorded(part: Declared, name: str) -> object:
            if name in type(part).model_fields and (reader := _reader(sys._getframe(1))):
                self.readers[type(part), name].add(reader)
            return plain(part, name)

        monkeypatch.setattr(Declared, "__getattribute__", recorded)

    def levels(self) -> Mapping[str, Enforcement]:
        """How far each key is enforced, going by who read it."""
        return {key.path: _level(self.readers[key.model, key.name]) for key in KEYS}


def _reader(frame: FrameType | None) -> str | None:
    """The module on whose behalf a key is read, by a template or the policy itself, too; None for what only names."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module == "shopprivacy.policy.fingerprint" or frame.f_code.co_name == "_hangs_together":
            return None
        if module.startswith("shopprivacy.") and not module.startswith("shopprivacy.policy"):
            return module if module.split(".")[1] not in SPARED else None
        frame = frame.f_back
    return None


def _level(readers: set[str]) -> Enforcement:
    acting = {reader for reader in readers if not reader.startswith(PRINTS)}
    if any(not reader.startswith(DECIDES) for reader in acting):
        return Enforcement.YES
    if acting:
        return Enforcement.DECISION
    return Enforcement.SHOWN if readers else Enforcement.NO


def _everything(policy: Policy) -> None:
    """What the library does with a policy: requests through the gate, its pages, decisions, what the ledger prunes."""
    for fields in ({}, {"Sec-GPC": "1"}, {"DNT": "1"}):
        for given in ((), [consent_pair(choices(policy, statistics=Choice.GRANTED))]):
            shop = Shop([b"_ga=1", b"__Secure-ga=1; Secure; Path=/shop", b"_pk=1", b"cart=1", b"other=1"])
            through_wsgi(shop, Host(Gate(policy, KEYSET)), [b"_ga=1", *given], fields)
    desk = Desk(policy)
    for path in (CHOICES_PATH, COOKIES_PATH, GPC_PATH):
        desk.get(path)
    desk.banner()
    desk.post([("choice", "accept"), ("asked", "statistics")])
    PruningRules.of(policy)
    _mail(policy)
    Privacy(policy, keyset=KEYSET, store=MemoryStore(), clock=lambda: NOW).close()
    event_rules(policy)
    _decide(policy)


def _mail(policy: Policy) -> None:
    with mail_desk(policy=policy) as shop:
        mail = shop.privacy.mail
        for purpose in mail.marketing.by("email"):
            mail.may("an@example.nl", purpose)
            mail.ask("an@example.nl", purpose)
            with suppress(PrivacyError):
                mail.grant("an@example.nl", purpose)
            mail.send(_newsletter(), purpose)
            mail.send(_newsletter())
            shop.post("/u/" + mail.link("an@example.nl", purpose).rpartition("/")[2])
        for message in shop.sent:
            for path in re.findall(r"example(/privacy/confirm/\S+)", message.as_string()):
                shop.get(path)


def _newsletter() -> EmailMessage:
    message = EmailMessage()
    message["To"] = "an@example.nl"
    message.set_content("Hello")
    message.add_alternative('<img src="https://count.example/p" width="1">', subtype="html")
    return message


FIELDS: Final = ("contact", "customer.email")


def _decide(policy: Policy) -> None:
    before = NOW - timedelta(days=10)
    for born, restricted, acted in product(
        (None, date(1980, 1, 1), date(2020, 1, 1)), (False, True), (None, Action.GRANTED, Action.OBJECTED)
    ):
        for purpose in policy.purposes:
            records = [Record(before, purpose, acted, policy.purpose_fingerprint(purpose))] if acted else []
            records += [Record(before, None, Action.RESTRICTED)] if restricted else []
            state = SubjectState(
                tuple(records),
                (Event(before, "last_order"), Event(before, "case_closed")),
                born=born,
                guardian=before,
                cases=(Case("1", before, before),),
            )
            for recipient, shown in product(
                (None, *policy.recipients), ({}, {"case": "1", "legal_reference": "x"})
            ):
                asked = may(policy, state, purpose, FIELDS, recipient, at=NOW, shown=shown)
                assert asked.reason
            may(policy, state, purpose, at=NOW)


def test_what_a_key_says_is_what_the_code_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that only the decision reads does not say it is enforced; one that nobody reads says that."""
    policies = [Policy(**FULL), Policy(**base_with())]
    recording = Recording(monkeypatch)
    for policy in policies:
        _everything(policy)
    found = recording.levels()
    expected = {key.path: key.mark for key in KEYS} | {path: level for path, (level, _) in JUDGED.items()}
    assert {path: level for path, level in found.items() if level is not expected[path]} == {}


OTHER_THINGS: Final = frozenset(
    {"field", "in_", "kind", "kinds", "query", "recipient", "request", "since", "tell", "until"}
)
"""Names of keys that are not enforced which the code reads off other things."""


def test_nobody_reads_a_key_that_is_not_enforced() -> None:
    """Not in code that the recording does not reach, either: no module reads an attribute of such a name."""
    source = Path(shopprivacy.__file__).parent
    outside = (file for file in source.rglob("*.py") if file.relative_to(source).parts[0] not in SPARED)
    read = {
        node.attr
        for file in outside
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    enforced = {key.name for key in KEYS if key.mark is not Enforcement.NO}
    not_enforced = {key.name for key in KEYS} - enforced
    assert (not_enforced & read) - OTHER_THINGS == set()


def test_a_new_key_is_not_enforced_until_it_says_so() -> None:
    """Whoever forgets the mark promises nothing."""

    class Part(Declared):
        """A part with a key."""

        key: str = ""

    assert enforcement_of(Part.model_fields["key"]) is Enforcement.NO


def test_only_what_a_policy_states_is_declared() -> None:
    """Not what it leaves to the defaults, what is switched off, and texts, which stand in files of their own."""
    values = base_with(
        secure=["/checkout"],
        forbidden=[],
        data={"diet": {"fields": ["a.b"], "special": False, "only": [{"field": "customer.email"}]}},
        not_personal=["product.*"],
        texts={"nl": {"ui": {"accept_all": "Ja"}}},
    )
    assert dict(declared(Policy(**values))) == {
        "effective": Enforcement.YES,
        "jurisdiction": Enforcement.YES,
        "languages": Enforcement.YES,
        "controller.name": Enforcement.SHOWN,
        "controller.address": Enforcement.SHOWN,
        "controller.email": Enforcement.SHOWN,
        "secure": Enforcement.NO,
        "data.*.fields": Enforcement.DECISION,
        "data.*.only[].field": Enforcement.NO,
        "data.not_personal": Enforcement.NO,
        "purposes.*.basis": Enforcement.YES,
        "purposes.*.data": Enforcement.DECISION,
        "purposes.*.keep": Enforcement.DECISION,
    }


def test_paths_in_short() -> None:
    """Keys of one table stand behind its name, which stands alone where all its keys are enforced alike."""
    paths = ["purposes.*.then", "forms.*.required", "purposes.*.frozen", "secure", "forms.*.optional"]
    assert in_short(Policy, [*paths, *paths]) == ["purposes (then, frozen)", "forms", "secure"]


def test_every_key_of_the_file_has_a_path() -> None:
    """The paths are those of the schema: there is no key of the file that does not say how far it is enforced."""
    schema = json_schema()
    marked = [node["x-enforced"] for node in _nodes(schema) if "x-enforced" in node]
    assert len(marked) == len({(key.model, key.name) for key in KEYS})
    for level in Enforcement:
        assert marked.count(level) == len({(key.model, key.name) for key in KEYS if key.mark is level})


def _nodes(node: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
        for entry in node.values():
            yield from _nodes(entry)


def test_the_readme_is_current() -> None:
    """It says what is enforced and what is not yet, as the keys do."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("<!-- enforced") == 1
    assert text == with_block(text)
