"""What does not hang together: names that are not declared, cookies without a ground, bases that lack something."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from shopprivacy.errors import PolicyError, Problem
from shopprivacy.policy import Policy, rules
from tests.policy.files import BASE, base_with, problems_in

CONSENT: dict[str, Any] = {"basis": "consent"}
RECIPIENT = {"role": "processor", "for": ["orders"], "country": "NL"}
PARTY = {"purpose": "statistics", "hosts": ["a.example"], "kinds": ["img"]}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"purposes": {"x": CONSENT | {"data": ["contac"], "review": BASE["effective"]}}},
            "purposes.x.data: category",
        ),
        ({"purposes": {"x": CONSENT | {"combines": ["support"]}}}, "purposes.x.combines: separate context"),
        (
            {"recipients": {"x": RECIPIENT | {"for": ["order"]}}},
            'recipients.x.for: purpose "order" is not declared;',
        ),
        (
            {"recipients": {"x": RECIPIENT | {"data": ["mail"]}}},
            'recipients.x.data: category "mail" is not declared',
        ),
        (
            {"cookies": {"a": {"purpose": "x", "life": "session"}}},
            'cookies.a.purpose: purpose "x" is not declared',
        ),
        (
            {"cookies": {"a": {"purpose": "statistics", "recipients": ["x"], "life": "session"}}},
            'cookies.a.recipients: recipient "x" is not declared; none is declared',
        ),
        (
            {"third_parties": {"a": PARTY | {"purpose": "x"}}},
            'third_parties.a.purpose: purpose "x" is not declared',
        ),
        (
            {"third_parties": {"a": PARTY | {"recipient": "x"}}},
            'third_parties.a.recipient: recipient "x" is not',
        ),
        (
            {"zones": {"web": {"fields": ["visit.*"], "purposes": ["x"]}}},
            'zones.web.purposes: purpose "x" is not',
        ),
        ({"forms": {"a": {"purposes": ["x"]}}}, 'forms.a.purposes: purpose "x" is not declared'),
        ({"roles": {"a": {"purposes": ["x"]}}}, 'roles.a.purposes: purpose "x" is not declared'),
        ({"signals": {"purposes": ["x"]}}, 'signals.purposes: purpose "x" is not declared'),
        (
            {"mail": {"tracking": "statistic"}},
            'mail.tracking: purpose "statistic" is not declared; did you mean',
        ),
        ({"mail": {"unsubscribe_purposes": ["x"]}}, 'mail.unsubscribe_purposes: purpose "x" is not declared'),
        ({"analytics": {"purpose": "x"}}, 'analytics.purpose: purpose "x" is not declared'),
        ({"separate": {"support": ["x"]}}, 'separate.support: category "x" is not declared'),
    ],
)
def test_every_name_is_declared(changes: dict[str, Any], problem: str) -> None:
    """Whoever names a purpose, a category, a recipient or a context names one that is declared."""
    (found,) = problems_in(base_with(**changes))
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("purpose", "problem"),
    [
        ({"basis": "legal_obligation"}, 'law: is missing; the basis "legal_obligation" needs the law named'),
        ({"basis": "public_task"}, 'law: is missing; the basis "public_task" needs the law named'),
        (
            {"basis": "contract", "permits": ["national_id"]},
            "law: is missing; forbidden data may be used only",
        ),
        (
            {"basis": "legitimate_interest"},
            "interest: is missing; say which interest of the shop was weighed",
        ),
        (
            {"basis": "contract", "automated": True},
            "human_review: is missing; say where a person can contest",
        ),
        (
            {"basis": "contract", "asked": "browser"},
            'asked: only goes with the basis "consent", not with "contract"',
        ),
        ({"basis": "contract", "confirm": "double_opt_in"}, 'confirm: only goes with the basis "consent"'),
        ({"basis": "consent", "confirm": "double_opt_in"}, 'confirm: only goes with mail "marketing"'),
        (
            {"basis": "consent", "confirm": "double_opt_in", "mail": "marketing", "channels": ["post"]},
            'confirm: only goes with mail "marketing" and the channel "email"',
        ),
        ({"basis": "contract", "flag": "customer.email"}, 'flag: only goes with the basis "consent"'),
        ({"basis": "contract", "explicit": True}, 'explicit: only goes with the basis "consent"'),
        ({"basis": "contract", "data": ["contact"]}, "keep: is missing; say how long the data is kept"),
        (
            {"basis": "contract", "keep": "1 year after last_order", "review": BASE["effective"]},
            "review: cannot be combined with keep; write one of the two",
        ),
        (
            {"basis": "consent", "soft_opt_in": True},
            'soft_opt_in: only goes with basis "legitimate_interest" and mail',
        ),
        (
            {"basis": "legitimate_interest", "interest": "selling", "soft_opt_in": True},
            'soft_opt_in: only goes with basis "legitimate_interest" and mail "marketing"',
        ),
    ],
)
def test_what_a_purpose_needs(purpose: dict[str, Any], problem: str) -> None:
    """Each legal basis comes with what it needs, and with nothing that makes no sense for it."""
    (found,) = problems_in(base_with(purposes={"x": purpose}))
    assert found.startswith(f"purposes.x.{problem}")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purposes": {"x": {"basis": "public_task"}}}, "no-law"),
        ({"purposes": {"x": {"basis": "contract", "permits": ["bank_account"]}}}, "no-law"),
        ({"purposes": {"x": {"basis": "contract", "permits": ["national_id"]}}}, "national-id"),
        ({"purposes": {"x": {"basis": "legitimate_interest"}}}, "no-interest"),
        ({"purposes": {"x": {"basis": "contract", "automated": True}}}, "no-human-review"),
        ({"purposes": {"x": {"basis": "contract", "data": ["contact"]}}}, "no-term"),
        ({"purposes": {"x": {"basis": "consent", "soft_opt_in": True}}}, "two-regimes"),
        ({"purposes": {"x": {"basis": "vital_interest", "soft_opt_in": True}}}, "invalid"),
        ({"controller": {"email": "shop"}}, "bad-email"),
        ({"controller": {"email": "jörg@shop.example"}}, "bad-email"),
        ({"controller": {"email": "a,b@shop.example"}}, "bad-email"),
        ({"controller": {"email": "a..b@shop.example"}}, "bad-email"),
        ({"controller": {"email": "a@shop.example."}}, "bad-email"),
        ({"cookies": {"a": {"purpose": "orders", "life": "session"}}}, "cookie-without-consent"),
        ({"recipients": {"x": RECIPIENT | {"for": ["order"]}}}, "undeclared-name"),
        ({"texts": {"nl": {"purposes": {"statistic": {"title": "a"}}}}}, "undeclared-name"),
    ],
)
def test_a_rule_has_its_code(changes: dict[str, Any], code: str) -> None:
    """What a rule finds can be told apart, and accepted, by a code that never changes."""
    with pytest.raises(PolicyError) as refused:
        Policy(**base_with(**changes))
    assert [problem.code for problem in refused.value.problems] == [code]


def test_what_is_named_but_could_not_be_read_is_declared() -> None:
    """A purpose that cannot be read is told once, not once more by everyone who names it."""
    (problem,) = problems_in(base_with(purposes={"x": {"basis": "y"}}, forms={"a": {"purposes": ["x"]}}))
    assert problem.startswith('purposes.x.basis: unknown basis "y"')


@pytest.mark.parametrize(
    "purpose",
    [
        {"basis": "legal_obligation", "law": "AWR art. 52", "permits": ["national_id"], "frozen": []},
        {"basis": "legitimate_interest", "interest": "selling", "mail": "marketing", "soft_opt_in": True},
        {
            "basis": "consent",
            "data": ["contact"],
            "review": BASE["effective"],
            "explicit": True,
            "asked": "account",
        },
        {"basis": "contract", "automated": True, "human_review": "/contact"},
        {"basis": "contract", "data": ["contact"], "keep": "1 year after x", "frozen": ["customer.email"]},
        {"basis": "consent", "flag": "customer.phone"},
        {"basis": "vital_interest"},
    ],
)
def test_purposes_that_are_complete(purpose: dict[str, Any]) -> None:
    """A purpose that has what its basis needs is accepted."""
    assert "x" in Policy(**base_with(purposes={"x": purpose})).purposes


@pytest.mark.parametrize(
    ("cookie", "problem"),
    [
        ({"life": "session"}, "purpose: is missing; only an essential cookie may leave its purpose out"),
        (
            {"purpose": "orders", "life": "session", "essential": True, "exempt": "Tw 11.7a"},
            "exempt: cannot be combined with essential = true; write one of the two",
        ),
        (
            {"purpose": "orders", "life": "session"},
            (
                'purpose: "orders" rests on contract, which allows no cookie (directive 2002/58 art. 5(3)); write '
                "essential = true if the visitor asked for what needs it, name the law in exempt, or choose a purpose "
                "with basis consent"
            ),
        ),
    ],
)
def test_cookies_without_a_ground(cookie: dict[str, Any], problem: str) -> None:
    """A cookie is essential, or exempt by a law, or rests on consent."""
    assert problems_in(base_with(cookies={"a": cookie})) == [f"cookies.a.{problem}"]


@pytest.mark.parametrize(
    "cookie",
    [
        {"essential": True},
        {"essential": True, "purpose": "orders"},
        {"exempt": "Tw 11.7a(3)(b)", "purpose": "orders"},
        {"purpose": "statistics"},
    ],
)
def test_cookies_with_a_ground(cookie: dict[str, Any]) -> None:
    """Each of the grounds is enough."""
    assert "a" in Policy(**base_with(cookies={"a": cookie | {"life": "session"}})).cookies


def test_a_browser_decides_about_cookies() -> None:
    """A purpose that cookies or third parties hang on is not asked for in the account, where they would not see it."""
    account = CONSENT | {"asked": "account"}
    changes = {
        "purposes": {"statistics": account, "newsletter": account},
        "cookies": {
            "_ga": {"purpose": "statistics", "life": "1 day"},
            "ok": {"purpose": "newsletter", "essential": True, "life": "1 day"},
        },
        "third_parties": {"pixel": PARTY},
    }
    fix = 'to nobody: a browser decides about cookies and pages; delete this key, or write "browser"'
    assert problems_in(base_with(**changes)) == [
        f'purposes.statistics.asked: "account" leaves cookies._ga {fix}',
        f'purposes.statistics.asked: "account" leaves third_parties.pixel {fix}',
    ]


def test_prefixed_cookies_stay_with_the_host() -> None:
    """A cookie named __Host-… with a domain or a path would be refused by every browser."""
    cookie = {"purpose": "statistics", "life": "session", "domains": ["shop.example"], "paths": ["/shop"]}
    assert problems_in(
        base_with(cookies={"__Host-a": cookie, "__host-b": {"essential": True, "life": "session"}})
    ) == [
        "cookies.__Host-a.domains: a cookie named __Host-… belongs only to the host; delete this key",
        'cookies.__Host-a.paths: a cookie named __Host-… has the path "/"; leave it out',
    ]


def test_tracking_is_about_e_mail() -> None:
    """Nobody could allow it otherwise, and an order's mail with a pixel in it would raise."""
    keys = deepcopy(base_with(mail={"tracking": "statistics"}))
    keys["purposes"]["statistics"]["channels"] = ["post"]
    assert problems_in(keys) == [
        'mail.tracking: "statistics" is not about e-mail, so nobody can allow it there: add "email" to its channels'
    ]


def test_tracking_needs_consent() -> None:
    """Counting opens and clicks rests on consent, not on a contract."""
    assert problems_in(base_with(mail={"tracking": "orders"})) == [
        'mail.tracking: "orders" has the basis contract; tracking needs consent'
    ]
    assert Policy(**base_with(mail={"tracking": "statistics"})).mail.tracking == "statistics"


def test_messages_without_a_purpose_are_transactional() -> None:
    """What names no purpose is never marketing."""
    for declared in ("statistics", "orders"):
        [problem] = problems_in(base_with(mail={"otherwise": declared}))
        assert problem.startswith(f'mail.otherwise: "{declared}" is not transactional')


@pytest.mark.parametrize("address", ["https://shop.example/account", "http://127.0.0.1:8000/account?tab=1"])
def test_change_data_is_a_page(address: str) -> None:
    """With https, or on this machine."""
    assert Policy(**base_with(mail={"change_data": address})).mail.change_data == address


@pytest.mark.parametrize(
    "address",
    ["http://shop.example/account", "https://", "https://a b", 'https://shop.example/"', "mailto:a@b.c"],
)
def test_change_data_is_nothing_else(address: str) -> None:
    """What could not stand in a mail is refused."""
    [problem] = problems_in(base_with(mail={"change_data": address}))
    assert problem.startswith("mail.change_data: ")


def test_signals_object_to_what_can_be_objected_to() -> None:
    """No signal ends a contract."""
    assert problems_in(base_with(signals={"purposes": ["statistics", "orders"]})) == [
        'signals.purposes: nobody can object to "orders", whose basis is contract (art. 21(1))'
    ]


def test_authorities_and_successors_show_something() -> None:
    """An authority gets nothing without a legal reference, a successor nothing without an event."""
    recipients = {
        "tax": RECIPIENT | {"role": "authority"},
        "buyer": RECIPIENT | {"role": "successor"},
        "court": RECIPIENT | {"role": "authority", "needs": "legal_reference"},
        "partner": RECIPIENT | {"aggregate": True, "fields": ["customer.email"], "data": ["contact"]},
        "counts": RECIPIENT | {"aggregate": True},
        "sums": RECIPIENT | {"aggregate": True, "data": ["contact"]},
    }
    assert problems_in(base_with(recipients=recipients)) == [
        'recipients.tax.needs: is missing; a recipient with this role gets nothing without, say, "legal_reference"',
        'recipients.buyer.needs: is missing; a recipient with this role gets nothing without, say, "event"',
        "recipients.partner.aggregate: goes with no data and no fields: counts of groups only",
        "recipients.sums.aggregate: goes with no data and no fields: counts of groups only",
    ]


def test_a_controller_can_be_reached() -> None:
    """A controller without e-mail address, telephone number and page is refused; one of them is enough."""
    nobody = {"name": "Shop", "address": "Street 1"}
    with pytest.raises(PolicyError) as refused:
        Policy(**base_with() | {"controller": nobody})
    assert refused.value.problems == (
        Problem(
            "controller.email", "is missing; give an e-mail address, a phone number or a page", "no-contact"
        ),
    )
    for key in ("phone", "page"):
        assert Policy(**base_with() | {"controller": nobody | {key: "1"}})


def test_no_two_purposes_have_the_same_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two purposes that a consent cookie could not tell apart are refused."""
    monkeypatch.setattr(rules, "purpose_id_of", lambda _policy, _name: 0x1A2B)
    with pytest.raises(PolicyError) as refused:
        Policy(**BASE)
    assert {problem.code for problem in refused.value.problems} == {"purpose-id-collision"}
    assert [str(problem) for problem in refused.value.problems] == [
        'purposes.statistics: has by chance the same id (0x1a2b) as "orders"; give one of them another name',
        'purposes.newsletter: has by chance the same id (0x1a2b) as "statistics"; give one of them another name',
    ]


def test_fields_belong_to_one_category() -> None:
    """A field in two categories would have two sets of rules."""
    assert problems_in(base_with(data={"more": ["customer.email"], "not_personal": ["visit.*"]})) == [
        'data.more: "customer.email" is in contact as well; a field belongs to one category',
        'data.not_personal: "visit.*" is in visit as well; a field belongs to one category',
    ]


def test_fields_are_declared() -> None:
    """Forms, zones, conditions and flags name fields that stand in a category, or that are not personal."""
    changes: dict[str, Any] = {
        "data": {
            "vat": {
                "fields": ["customer.vat"],
                "only": [{"field": "visit.page"}, {"field": "customer.land"}],
            },
            "not_personal": ["product.*"],
        },
        "forms": {"a": {"required": ["customer.email", "x.y"], "optional": ["visit.*", "product.id", "x.*"]}},
        "zones": {"web": {"fields": ["customer.*"]}},
        "purposes": {
            "books": CONSENT
            | {"data": ["visit"], "keep": "1 year after x", "frozen": ["visit.a", "customer.email"]},
            "mailing": CONSENT | {"flag": "customer.mailing"},
        },
        "recipients": {"x": RECIPIENT | {"data": ["visit"], "fields": ["visit.page", "customer.phone"]}},
    }
    assert problems_in(base_with(**changes)) == [
        'forms.a.required: field "x.y" is not assigned to a data category',
        'forms.a.optional: field "x.*" is not assigned to a data category',
        'zones.web.fields: field "customer.*" is not assigned to a data category',
        'data.vat.only[1].field: field "customer.land" is not assigned to a data category',
        'purposes.mailing.flag: field "customer.mailing" is not assigned to a data category',
        'purposes.books.frozen: field "customer.email" is not assigned to one of its data categories',
        'recipients.x.fields: field "customer.phone" is not assigned to one of its data categories',
    ]


def test_fields_are_not_blamed_for_a_category_that_cannot_be_read() -> None:
    """When a category cannot be read, the fields that may belong to it are not called undeclared as well."""
    changes = {"data": {"broken": 1}, "forms": {"a": {"required": ["x.y"]}}}
    assert problems_in(base_with(**changes)) == [
        'data.broken: is not a list of fields; write ["Customer.email"], or a table'
    ]


def test_forms_name_an_input_once() -> None:
    """An input is required or optional, not both."""
    form = {"required": ["customer.email"], "optional": ["customer.email", "customer.phone"]}
    assert problems_in(base_with(forms={"a": form})) == [
        'forms.a.optional: "customer.email" is required as well; name it once'
    ]


def test_third_party_data_names_its_source() -> None:
    """Data from others says from whom, and other data does not (art. 14(2)(f))."""
    data = {
        "bought": {"fields": ["a.b"], "source": "third_party"},
        "given": {"fields": ["c.d"], "sources": ["Somebody"]},
        "fine": {"fields": ["e.f"], "source": "third_party", "sources": ["Somebody"]},
    }
    assert problems_in(base_with(data=data)) == [
        "data.bought.sources: is missing; name who the data comes from (art. 14(2)(f))",
        'data.given.sources: only goes with source "third_party"',
    ]


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"fr": {}}, 'texts.fr: "fr" is not one of languages; it has nl, en'),
        ({"xx": {}}, 'texts.xx: "xx" is not one of languages; it has nl, en'),
        (
            {"nl": {"purposes": {"statistic": {"title": "a"}}}},
            'texts.nl.purposes.statistic: purpose "statistic" is not',
        ),
        (
            {"nl": {"categories": {"contac": "a"}}},
            'texts.nl.categories.contac: category "contac" is not declared; did',
        ),
        ({"nl": {"ui": {"nonsense": "a"}}}, "texts.nl.ui.nonsense: there is no such text"),
    ],
)
def test_texts_fit_the_policy(texts: dict[str, Any], problem: str) -> None:
    """Texts are for languages, purposes and categories that are declared, and for texts that exist."""
    (found,) = problems_in(base_with(texts=texts))
    assert found.startswith(problem)


def test_the_texts_of_every_language_are_looked_at() -> None:
    """A language too many hides nothing that is wrong with another."""
    found = problems_in(base_with(texts={"fr": {}, "nl": {"ui": {"nonsense": "a"}}}))
    assert [problem.partition(": ")[0] for problem in found] == ["texts.fr", "texts.nl.ui.nonsense"]


def test_texts_of_a_purpose_that_cannot_be_read_are_not_blamed() -> None:
    """A purpose that cannot be read is told once, not once more for its texts."""
    values = base_with(purposes={"x": {"basis": "y"}}, texts={"nl": {"purposes": {"x": {"title": "X"}}}})
    (found,) = problems_in(values)
    assert found.startswith('purposes.x.basis: unknown basis "y"')


def test_a_browser_is_asked_about_a_hundred_purposes_at_most() -> None:
    """More answers do not fit in the consent cookie, and a visitor could never be known."""
    many = {f"p{number}": {"basis": "consent", "asked": "browser"} for number in range(rules.MOST_ASKED + 1)}
    [problem] = problems_in(base_with(purposes=many, cookies={}))
    assert problem == "purposes: a browser is asked about 101 of them; at most 100"
    del many["p0"]
    assert len(Policy(**base_with(purposes=many, cookies={})).asked_in_browser()) == rules.MOST_ASKED
