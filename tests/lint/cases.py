"""For each kind of finding a policy that has it and one that does not, as the files would be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from shopprivacy.lint import Earlier, Report, lint
from shopprivacy.lint.sealed_columns import Columns, keys_beside, shop_problems
from shopprivacy.policy import load
from shopprivacy.policy.fingerprint import text_of
from shopprivacy.policy.loader import read
from tests.policy.files import BODY, HEAD

TODAY: Final = date(2026, 11, 24)


@dataclass(frozen=True)
class Policy:
    """A policy file, the texts beside it, an earlier version of it, and what a shop's models are like."""

    more: str = ""
    head: str = HEAD
    body: str = BODY
    texts: Mapping[str, str] = field(default_factory=dict)
    since: str | None = None
    today: date = TODAY
    columns: Columns | None = None
    beside: str = ""
    """The setting whose keys stand beside the data."""

    def checked(self, folder: Path, today: date | None = None) -> Report:
        """What the linter says of it, on its day or another."""
        folder.mkdir(exist_ok=True)
        file = folder / "privacy.toml"
        earlier = []
        if self.since is not None:
            file.write_text(self.since, encoding="utf-8")
            earlier = [Earlier("old.toml", text_of(load(file)))]
        file.write_text(self.head + self.body + self.more, encoding="utf-8")
        for language, text in self.texts.items():
            (folder / f"privacy.{language}.toml").write_text(text, encoding="utf-8")
        reading = read(file)
        of_shop = None if self.columns is None else [*shop_problems(reading.policy, self.columns)]
        if self.beside:
            of_shop = [keys_beside(self.beside, "the keyset")]
        return lint(reading, today or self.today, earlier, of_shop)


@dataclass(frozen=True)
class Case:
    """A policy with one finding, where that is, and a policy without it."""

    path: str
    failing: Policy
    passing: Policy


_SEALED: Final = '[data.person]\nfields = ["customer.name"]\nsealed = true\n'
_COUNTING: Final = (
    '[analytics]\npurpose = "counting"\n'
    '[purposes.counting]\nbasis = "legitimate_interest"\ninterest = "knowing what works"\n'
)


def _replaced(old: str, new: str) -> Policy:
    """The small policy with one change."""
    assert (HEAD + BODY).count(old) == 1, old
    return Policy(head=HEAD.replace(old, new), body=BODY.replace(old, new))


def _more(path: str, failing: str, passing: str) -> Case:
    return Case(path, Policy(failing), Policy(passing))


def _recipient(failing: str, passing: str, key: str) -> Case:
    """A processor of the orders."""
    table = '[recipients.host]\nrole = "processor"\nfor = ["orders"]\ndata = ["contact"]\n'
    return Case(f"recipients.host.{key}", Policy(table + failing), Policy(table + passing))


def _purpose(key: str, failing: str, passing: str) -> Case:
    return Case(
        f"purposes.extra.{key}",
        Policy(f"[purposes.extra]\n{failing}"),
        Policy(f"[purposes.extra]\n{passing}"),
    )


def _cookie(key: str, failing: str, passing: str) -> Case:
    return Case(
        f"cookies.known.{key}", Policy(f"[cookies.known]\n{failing}"), Policy(f"[cookies.known]\n{passing}")
    )


def _hashed(column: str) -> Columns:
    return Columns(frozenset({"customer.name"}), frozenset({column}), frozenset({column}))


def _text(section: str, key: str, failing: str, passing: str) -> Case:
    head = f"[{section}]\n{key} = "
    return Case(
        f"privacy.nl.toml: {section}.{key}",
        Policy(texts={"nl": f'{head}"{failing}"\n'}),
        Policy(texts={"nl": f'{head}"{passing}"\n'}),
    )


_EU: Final = 'country = "NL"\n'
_SIGNED: Final = "agreement = 2025-05-20\n"
_US: Final = f'country = "US"\n{_SIGNED}'
_BOOKS: Final = 'basis = "legal_obligation"\nlaw = "AWR art. 52"\ndata = ["contact"]\n'
HOST: Final = f'[recipients.hosting]\nrole = "processor"\nfor = ["orders"]\n{_EU}agreement = 2018-05-25\n'
"""Where a policy must name a processor: one with whom all is well."""
_LISTS: Final = (
    '[purposes.list_119]\nbasis = "consent"\nmail = "marketing"\n[purposes.list_552]\nbasis = "consent"\n'
)
"""Two purposes whose names have one tag in unsubscribe links."""

_ENTRY: Final = 'controller = { name = "Shop", address = "Street 1", email = "privacy@shop.example" }\n'

CASES: Final[Mapping[str, Case]] = {
    "unreadable": Case("", Policy(head="effective = \n"), Policy()),
    "unknown-key": _more("cookie", "[cookie]\n", "[cookies]\n"),
    "undeclared-name": _purpose(
        "data",
        'basis = "contract"\ndata = ["sales"]\nkeep = "1 year after last_order"\n',
        'basis = "contract"\ndata = ["visit"]\nkeep = "1 year after last_order"\n',
    ),
    "invalid": _cookie(
        "essential",
        'essential = "yes"\npurpose = "orders"\nlife = "1 day"\n',
        'essential = true\npurpose = "orders"\nlife = "1 day"\n',
    ),
    "no-controller": Case("controller", _replaced(_ENTRY, ""), Policy()),
    "no-contact": Case(
        "controller.email",
        _replaced(', email = "privacy@shop.example"', ""),
        _replaced('email = "privacy@shop.example"', 'page = "/contact"'),
    ),
    "bad-email": Case("controller.email", _replaced("privacy@shop.example", "shop.example"), Policy()),
    "no-jurisdiction": Case("jurisdiction", _replaced('jurisdiction = "NL"\n', ""), Policy()),
    "no-effective-date": Case("effective", _replaced("effective = 2026-01-01\n", ""), Policy()),
    "no-basis": _purpose(
        "basis",
        'data = ["contact"]\nkeep = "1 year after last_order"\n',
        'basis = "contract"\ndata = ["contact"]\nkeep = "1 year after last_order"\n',
    ),
    "no-term": _purpose(
        "keep",
        'basis = "contract"\ndata = ["contact"]\n',
        'basis = "contract"\ndata = ["contact"]\nreview = 2027-01-01\n',
    ),
    "vague-term": _purpose(
        "keep",
        'basis = "contract"\ndata = ["contact"]\nkeep = "long"\n',
        'basis = "contract"\ndata = ["contact"]\nkeep = "5 years after case_closed"\n',
    ),
    "no-law": _purpose(
        "law", 'basis = "legal_obligation"\n', 'basis = "legal_obligation"\nlaw = "AWR art. 52"\n'
    ),
    "national-id": _purpose(
        "law",
        'basis = "contract"\npermits = ["national_id"]\n',
        'basis = "contract"\npermits = ["national_id"]\nlaw = "AWR art. 52"\n',
    ),
    "no-interest": _purpose(
        "interest",
        'basis = "legitimate_interest"\n',
        'basis = "legitimate_interest"\ninterest = "stop abuse"\n',
    ),
    "no-human-review": _purpose(
        "human_review",
        'basis = "contract"\nautomated = true\n',
        'basis = "contract"\nautomated = true\nhuman_review = "/contact"\n',
    ),
    "two-regimes": _purpose(
        "soft_opt_in",
        f'basis = "consent"\nmail = "marketing"\nsoft_opt_in = true\n{HOST}',
        'basis = "legitimate_interest"\ninterest = "telling customers"\nmail = "marketing"\n'
        f"soft_opt_in = true\n{HOST}",
    ),
    "blanket-consent": Case(
        "recipients.partners.for[0]",
        Policy('[recipients.partners]\nrole = "controller"\nfor = ["*"]\ncountry = "NL"\n'),
        Policy(f'[recipients.partners]\nrole = "controller"\nfor = ["newsletter"]\n{_EU}{HOST}'),
    ),
    "sale": _more(
        "purposes.sale", '[purposes.sale]\nbasis = "consent"\n', '[purposes.sales_talk]\nbasis = "consent"\n'
    ),
    "purpose-id-collision": _more(
        "purposes.purpose_200",
        '[purposes.purpose_199]\nbasis = "consent"\n[purposes.purpose_200]\nbasis = "consent"\n',
        '[purposes.purpose_199]\nbasis = "consent"\n[purposes.purpose_201]\nbasis = "consent"\n',
    ),
    "link-tag-collision": _more(
        "purposes.list_552", f'{_LISTS}mail = "marketing"\n{HOST}', f"{_LISTS}{HOST}"
    ),
    "cookie-without-consent": _cookie(
        "purpose", 'purpose = "orders"\nlife = "1 day"\n', 'purpose = "statistics"\nlife = "1 day"\n'
    ),
    "no-exemption": _cookie(
        "exempt",
        'purpose = "orders"\nexempt = "none"\nlife = "1 day"\n',
        'purpose = "orders"\nexempt = "Tw 11.7a(3)(b)"\nlife = "1 day"\n',
    ),
    "no-agreement": _recipient(_EU, _EU + _SIGNED, "agreement"),
    "agreement-ended": _recipient(
        f"{_EU}{_SIGNED}agreement_until = 2026-11-23\n",
        f"{_EU}{_SIGNED}agreement_until = 2026-11-24\n",
        "agreement_until",
    ),
    "no-safeguard": _recipient(_US, f'{_US}safeguard = {{ kind = "standard_clauses" }}\n', "safeguard"),
    "privacy-shield": _recipient(
        f'{_US}safeguard = {{ kind = "privacy_shield" }}\n',
        f'{_US}safeguard = {{ kind = "data_privacy_framework" }}\n',
        "safeguard.kind",
    ),
    "safeguard-ended": _recipient(
        f'{_US}safeguard = {{ kind = "binding_rules", until = 2026-11-23 }}\n',
        f'{_US}safeguard = {{ kind = "binding_rules", until = 2026-11-24 }}\n',
        "safeguard.until",
    ),
    "no-adequacy": _recipient(
        f'country = "IN"\n{_SIGNED}safeguard = {{ kind = "adequacy" }}\n',
        f'country = "JP"\n{_SIGNED}safeguard = {{ kind = "adequacy" }}\n',
        "safeguard.kind",
    ),
    "no-recipients": _more(
        "recipients",
        '[third_parties.count]\npurpose = "statistics"\nhosts = ["stats.example.com"]\nkinds = ["script"]\n',
        '[third_parties.count]\npurpose = "statistics"\nhosts = ["stats.example.com"]\nkinds = ["script"]\n'
        f'[recipients.count]\nrole = "controller"\nfor = ["statistics"]\n{_EU}{HOST}',
    ),
    "sale-in-name": _more(
        "purposes.sale_of_addresses",
        '[purposes.sale_of_addresses]\nbasis = "consent"\n',
        '[purposes.after_sales]\nbasis = "consent"\n',
    ),
    "marketing-without-consent": _purpose(
        "basis",
        f'basis = "legitimate_interest"\ninterest = "selling more"\nmail = "marketing"\n{HOST}',
        f'basis = "legitimate_interest"\ninterest = "selling more"\nmail = "marketing"\nchannels = ["post"]\n{HOST}',
    ),
    "nobody-can-confirm": _more(
        "mail.url",
        f'[purposes.extra]\nbasis = "consent"\nmail = "marketing"\nconfirm = "double_opt_in"\n{HOST}',
        '[mail]\nurl = "https://shop.example/u/"\n'
        f'[purposes.extra]\nbasis = "consent"\nmail = "marketing"\nconfirm = "double_opt_in"\n{HOST}',
    ),
    "no-mail-links": _more(
        "mail.change_data",
        '[mail]\nurl = "https://shop.example/u/"\notherwise = "orders_mail"\n'
        '[purposes.orders_mail]\nbasis = "contract"\nmail = "transactional"\n'
        f'[purposes.extra]\nbasis = "consent"\nmail = "marketing"\n{HOST}',
        '[mail]\nurl = "https://shop.example/u/"\notherwise = "orders_mail"\nchange_data = "https://shop.example/me"\n'
        '[purposes.orders_mail]\nbasis = "contract"\nmail = "transactional"\n'
        f'[purposes.extra]\nbasis = "consent"\nmail = "marketing"\n{HOST}',
    ),
    "national-id-column": _more(
        "data.person",
        '[data.person]\nfields = ["customer.bsn"]\n',
        '[data.person]\nfields = ["customer.name"]\n',
    ),
    "special-data": _more(
        "purposes.eyes.data",
        '[data.eyes]\nfields = ["order.lens"]\nspecial = true\n[purposes.eyes]\nbasis = "contract"\n'
        'data = ["eyes"]\nkeep = "1 year after last_order"\n',
        '[data.eyes]\nfields = ["order.lens"]\nspecial = true\n[purposes.eyes]\nbasis = "consent"\nexplicit = true\n'
        'data = ["eyes"]\nkeep = "1 year after last_order"\n',
    ),
    "needless-input": _more(
        "forms.signup.required",
        '[forms.signup]\nrequired = ["visit.page"]\npurposes = ["newsletter"]\n',
        '[forms.signup]\nrequired = ["customer.email"]\npurposes = ["newsletter"]\n',
    ),
    "review-overdue": _purpose(
        "review",
        'basis = "contract"\ndata = ["contact"]\nreview = 2026-11-23\n',
        'basis = "contract"\ndata = ["contact"]\nreview = 2026-11-24\n',
    ),
    "late-review": _purpose(
        "review",
        'basis = "contract"\ndata = ["contact"]\nreview = 2031-01-02\n',
        'basis = "contract"\ndata = ["contact"]\nreview = 2031-01-01\n',
    ),
    "short-tax-term": _purpose(
        "keep",
        f'{_BOOKS}keep = "83 months after fiscal_year_end"\n',
        f'{_BOOKS}keep = "84 months after fiscal_year_end"\n',
    ),
    "tax-term-start": Case(
        "purposes.accounting.keep",
        Policy(f'[purposes.accounting]\n{_BOOKS}keep = "7 years after last_order"\n'),
        Policy(f'[purposes.accounting]\n{_BOOKS}keep = "7 years after fiscal_year_end"\n'),
    ),
    "child-age": Case(
        "children.age",
        _replaced("languages", "children.age = 13\nlanguages"),
        _replaced("languages", "children.age = 16\nlanguages"),
    ),
    "late-deadline": Case(
        "deadline.request",
        _replaced("languages", 'deadline.request = "6 weeks"\nlanguages'),
        _replaced("languages", 'deadline.request = "4 weeks"\nlanguages'),
    ),
    "tracking-essential": _cookie(
        "essential",
        'purpose = "statistics"\nessential = true\nlife = "1 day"\n',
        'purpose = "statistics"\nlife = "1 day"\n',
    ),
    "identifying-before-consent": _cookie(
        "identifying",
        'purpose = "orders"\nessential = true\nidentifying = true\nlife = "1 day"\n',
        'purpose = "orders"\nessential = true\nidentifying = true\nlife = "session"\n',
    ),
    "blank-cookie": _cookie(
        "use", 'essential = true\nlife = "1 day"\n', 'essential = true\nuse = "login"\nlife = "1 day"\n'
    ),
    "cookie-life": _cookie(
        "life", 'purpose = "statistics"\nlife = "401 days"\n', 'purpose = "statistics"\nlife = "400 days"\n'
    ),
    "events-without-consent": Case(
        "analytics.purpose",
        Policy(_COUNTING + 'keep = "13 months"\n', head=HEAD.replace('"NL"', '"BE"')),
        Policy(_COUNTING + 'keep = "13 months"\n'),
    ),
    "events-term": Case(
        "purposes.counting.keep",
        Policy(_COUNTING + 'keep = "13 months after last_visit"\n'),
        Policy(_COUNTING + 'keep = "25 months"\n'),
    ),
    "weak-truncation": Case(
        "analytics.ipv4",
        _replaced(_ENTRY, _ENTRY + "analytics = { ipv4 = 25 }\n"),
        _replaced(_ENTRY, _ENTRY + "analytics = { ipv4 = 24, ipv6 = 48 }\n"),
    ),
    "personal-parameter": Case(
        "analytics.query[1]",
        _replaced(_ENTRY, _ENTRY + 'analytics = { query = ["page", "resetToken"] }\n'),
        _replaced(_ENTRY, _ENTRY + 'analytics = { query = ["page", "sort"] }\n'),
    ),
    "parameter-pattern": Case(
        "analytics.query[0]",
        _replaced(_ENTRY, _ENTRY + 'analytics = { query = ["*", "page"] }\n'),
        _replaced(_ENTRY, _ENTRY + 'analytics = { query = ["filter[size]", "page"] }\n'),
    ),
    "foreign-law": _purpose(
        "law",
        'basis = "legal_obligation"\nlaw = "WIB 92 art. 315"\n',
        'basis = "legal_obligation"\nlaw = "AWR art. 52"\n',
    ),
    "other-country": Case(
        "controller.address",
        _replaced("Street 1", "Straat 1, 2000 Antwerpen, België"),
        _replaced("Street 1", "Straat 1, 1234 AB Dorp, Nederland"),
    ),
    "consent-by-browsing": _text(
        "ui",
        "no_cookies",
        "Door gebruik te maken van deze website geeft u aan, het privacy beleid te accepteren",
        "Wij vragen u toestemming voordat wij deze website meer laten onthouden",
    ),
    "dangling-reference": _text(
        "ui",
        "no_cookies",
        "Dat kunt u aangeven via bovenstaande contactgegevens",
        "Dat kunt u aangeven op de pagina met uw keuzes",
    ),
    "two-names": Case(
        "mail.unsubscribe_subjects[0]",
        _replaced(
            _ENTRY,
            _ENTRY.replace('"Shop"', '"onto object bvba"').replace("shop.example", "softcactus.be")
            + 'mail.unsubscribe_subjects = ["Geen info van Soft Cactus meer"]\n',
        ),
        _replaced(
            _ENTRY,
            _ENTRY.replace('"Shop"', '"onto object bvba (Soft Cactus)"').replace(
                "shop.example", "softcactus.be"
            )
            + 'mail.unsubscribe_subjects = ["Geen info van Soft Cactus meer"]\n',
        ),
    ),
    "dropped-fact": _text(
        "statement", "legal_obligation", "De wet verplicht ons hiertoe.", "Dat moet van {law}."
    ),
    "unchecked-law": Case("jurisdiction", Policy(today=date(2040, 1, 1)), Policy()),
    "undated-change": Case(
        "effective",
        Policy('[purposes.video]\nbasis = "consent"\n', since=HEAD + BODY),
        Policy(
            '[purposes.video]\nbasis = "consent"\n', since=(HEAD + BODY).replace("2026-01-01", "2025-01-01")
        ),
    ),
    "sealed-column": Case(
        "customer.name",
        Policy(_SEALED, columns=Columns(frozenset(), frozenset({"customer.name"}))),
        Policy(_SEALED, columns=Columns(frozenset({"customer.name"}), frozenset())),
    ),
    "clear-copy": Case(
        "customer.name_hash",
        Policy(columns=_hashed("customer.name_hash")),
        Policy(
            '[accepted]\nclear-copy."customer.name_hash" = "of a product"\n',
            columns=_hashed("customer.name_hash"),
        ),
    ),
    "keys-beside-data": Case("SHOPPRIVACY_KEYS", Policy(beside="SHOPPRIVACY_KEYS"), Policy()),
    "stale-acceptance": _more(
        'accepted.no-agreement."recipients.host.agreement"',
        f'[accepted]\nno-agreement."recipients.host.agreement" = "signed, on its way"\n'
        f'[recipients.host]\nrole = "processor"\nfor = ["orders"]\n{_EU}{_SIGNED}',
        f'[accepted]\nno-agreement."recipients.host.agreement" = "signed, on its way"\n'
        f'[recipients.host]\nrole = "processor"\nfor = ["orders"]\n{_EU}',
    ),
}
