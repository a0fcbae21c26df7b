"""The text of a first privacy.toml, with comments that teach. Pure: the same answers give the same text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from shopprivacy.jurisdiction import jurisdiction
from shopprivacy.policy.presets import PRESETS

FRAMEWORK_PRESETS: Final = {
    "flask": "flask",
    "django": "django",
    "starlette": "starlette",
    "fastapi": "starlette",
    "other": None,
}
"""Frameworks, and the preset that declares the cookies each sets by itself."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a shop says of itself. Texts stand on one line (``shopprivacy.policy.Controller`` refuses others)."""

    shop: str
    address: str
    email: str
    jurisdiction: str
    languages: tuple[str, ...]
    framework: str
    mode: str
    statistics: bool
    advertising: bool
    personalisation: bool
    newsletter: bool

    @property
    def visits(self) -> bool:
        """Whether some purpose uses what visitors look at."""
        return self.statistics or self.advertising or self.personalisation


def policy_text(answers: Answers, effective: date, schema: str | None) -> str:
    """Return a policy file for these answers; ``schema`` is where editors find its JSON schema, if anywhere."""
    sections = (*_head(answers, effective, schema), *_data(answers), *_purposes(answers), *_rest(answers))
    return "\n".join(sections)


def _head(answers: Answers, effective: date, schema: str | None) -> Iterator[str]:
    name, address, email = _quoted(answers.shop), _quoted(answers.address), _quoted(answers.email)
    if schema is not None:
        yield f"#:schema {schema}\n"
    yield f"""\
# What the shop does with personal data and cookies. What is not declared is refused: shopprivacy enforces cookies and
# consent so far, and `shopprivacy check` lists what it does not enforce yet. After every change: shopprivacy check

# The day from which this policy is effective. Change it together with anything that customers are told.
effective = {effective.isoformat()}

# The country whose law applies: tax terms, the age at which children decide, the supervisory authority.
jurisdiction = {_quoted(answers.jurisdiction)}

# The languages of your customers. Your own words for a language go into privacy.LANG.toml beside this file.
languages = {_list(answers.languages)}

# Who is responsible (GDPR art. 13(1)(a)). Printed everywhere as written here.
controller = {{ name = {name}, address = {address}, email = {email} }}
"""
    yield f"""\
# report: nothing is changed, and the log tells what would be. enforce: it happens. An existing shop starts with
# report, declares what the log names, and goes on to enforce.
mode = {{ cookies = {_quoted(answers.mode)}, page = {_quoted(answers.mode)} }}

# What a browser's Global Privacy Control and Do Not Track do: object to the purposes with consent, or nothing.
signals = {{ gpc = "object", dnt = "ignore" }}

# Data that is refused wherever it turns up, free text included.
forbidden = ["bank_account", "card_number", "national_id"]
"""
    preset = FRAMEWORK_PRESETS[answers.framework]
    yield f"""\
# Cookies of frameworks and load balancers, declared ready-made. There are:
# {", ".join(sorted(PRESETS))}
presets = {_list((preset,) if preset else ())}
"""


def _data(answers: Answers) -> Iterator[str]:
    yield """\
# ---- The data you hold: categories, each with its columns as "table.column", or "table.*" for all of a table.
#      The tables below are examples: write your own in their place. A column that is not listed is refused.

[data]
identity     = ["customer.name", "customer.company"]
contact      = ["customer.email", "customer.phone"]
account      = ["customer.password_hash"]
address      = ["address.*"]
sales        = ["order.*", "invoice.*", "payment.*"]
messages     = ["message.*"]
not_personal = ["product.*"]
"""
    if answers.visits:
        yield """\
# What you see of visitors without being told it by them: observed.
[data.visit]
fields = ["visit.*"]
source = "observed"
"""


def _purposes(answers: Answers) -> Iterator[str]:
    country = jurisdiction(answers.jurisdiction)
    yield f"""\
# ---- What you use it for. Each purpose has one legal basis (GDPR art. 6(1)): consent, contract, legal_obligation,
#      legitimate_interest, public_task or vital_interest. A column lives as long as some purpose still needs it.

[purposes.orders]
basis = "contract"
data  = ["identity", "contact", "address", "sales"]
keep  = "2 years after last_order"         # always counted from an event, and always finite
then  = "anonymise"                        # or "erase"
mail  = "transactional"                    # its messages always go out; "marketing" needs the purpose to be allowed

[purposes.accounting]
basis = "legal_obligation"
law   = {_quoted(country.sources["tax_term"])}
data  = ["identity", "address", "sales"]
keep  = "{country.tax_term} after fiscal_year_end"
then  = "anonymise"

[purposes.account]
basis = "contract"
data  = ["identity", "contact", "address", "account"]
keep  = "2 years after last_login"
mail  = "transactional"

[purposes.contact]
basis    = "legitimate_interest"
interest = "answering what people ask us"  # the interest you weighed against theirs; they can object
data     = ["identity", "contact", "messages"]
keep     = "1 year after message_answered"
mail     = "transactional"
"""
    if answers.visits:
        yield "# What the banner asks for. Titles and explanations of these purposes come with the library.\n"
    if answers.statistics:
        yield _asked("statistics", data=("visit",))
    if answers.advertising:
        yield _asked("advertising", data=("visit",), direct_marketing=True)
    if answers.personalisation:
        yield _asked("personalisation", data=("visit", "sales"), profiling=True)
    if answers.newsletter:
        yield """\
# Asked in the account or where people subscribe, not in the banner.
[purposes.newsletter]
basis   = "consent"
data    = ["contact"]
keep    = "2 years after last_contact"
mail    = "marketing"                      # is sent only while the consent is valid
confirm = "double_opt_in"                  # consent counts once the link in a mail was followed

# What links in your mails begin with: the address of your shop, and /u/. Without it nobody can confirm.
[mail]
otherwise = "account"                      # messages that name no purpose: password resets, error mails
# url         = "https://shop.example/u/"
# change_data = "https://shop.example/account"   # where customers change their details; every newsletter leads there
"""


def _asked(name: str, *, data: tuple[str, ...], **more: bool) -> str:
    extra = "".join(f"{key} = true\n" for key in more)
    return f"""\
[purposes.{name}]
basis = "consent"
asked = "browser"
data  = {_list(data)}
keep  = "13 months after last_visit"
{extra}"""


def _rest(answers: Answers) -> Iterator[str]:
    chosen = [name for name in ("statistics", "advertising", "personalisation") if getattr(answers, name)]
    yield """\
# ---- Cookies. Those of the presets above are declared already; every other one is undeclared, and blocked in the mode
#      "enforce". `shopprivacy explain NAME` says why a cookie is blocked, and writes the lines to paste. For instance:
#
# [cookies.cart]
# purpose   = "orders"
# essential = true                         # the visitor asked for what cannot work without it: set without asking
# life      = "30 days"
"""
    if chosen:
        yield f"""\
# [cookies."_ga_*"]                        # a * at the end matches any ending
# purpose = "{chosen[0]}"
# life    = "13 months"

# ---- What your pages load from others; this version does not hold it back by itself yet. For instance:
#
# [third_parties.counter]
# purpose = "{chosen[0]}"
# hosts   = ["stats.example.com"]
# kinds   = ["script", "connect"]
"""
    yield f"""\
# ---- Who receives data: only these, and only the data named here. For instance:
#
# [recipients.carrier]
# role      = "processor"                  # processor, controller, joint_controller or authority
# for       = ["orders"]
# data      = ["identity", "address"]
# country   = {_quoted(answers.jurisdiction)}
# agreement = 2025-05-20                   # the day the processor signed

# ---- Warnings of check that you live with for now, and why. Who hosts the shop and sends its mail are processors:
#      once you have declared one of them above, delete this, or check says that it is stale.

[accepted]
no-recipients.recipients = "not written down yet: who hosts the shop and who sends its mail"
"""


def _quoted(text: str) -> str:
    """A TOML string. JSON's escapes are TOML's; control characters, which are not, are refused before."""
    return json.dumps(text, ensure_ascii=False)


def _list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(_quoted(text) for text in texts)}]"
