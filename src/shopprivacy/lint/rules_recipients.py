"""Rules about recipients: agreements (GDPR art. 26, 28), transfers (chapter V), sales, and whether there are any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from shopprivacy.jurisdiction import transfers
from shopprivacy.policy import Policy, Recipient, Role, Safeguard

Found = tuple[tuple[str, ...], str]

_AGREED: Final = {Role.PROCESSOR, Role.JOINT_CONTROLLER}


def no_agreement(policy: Policy, today: date) -> Iterator[Found]:
    """A processor or joint controller without an agreement, or with one that is still to come."""
    for name, recipient in policy.recipients.items():
        if recipient.role in _AGREED and (recipient.agreement is None or recipient.agreement > today):
            when = f"begins only on {recipient.agreement}" if recipient.agreement else "is missing"
            role = recipient.role.replace("_", " ")
            yield (
                ("recipients", name, "agreement"),
                f'{when}; "{name}" is a {role} and acts only under an agreement',
            )


def agreement_ended(policy: Policy, today: date) -> Iterator[Found]:
    """An agreement that has run out."""
    for name, recipient in policy.recipients.items():
        if recipient.agreement_until and recipient.agreement_until < today:
            message = f'the agreement with "{name}" ran out on {recipient.agreement_until}'
            yield ("recipients", name, "agreement_until"), message


def no_safeguard(policy: Policy, _today: date) -> Iterator[Found]:
    """A recipient outside the EEA for which nothing is named."""
    for name, recipient in _abroad(policy):
        if recipient.safeguard is None:
            decision = transfers().adequate.get(recipient.country)
            hint = f'; for {recipient.country} there is "{decision.kind}"' if decision else ""
            message = f'is missing; "{name}" stores data in {recipient.country}, outside the EEA{hint}'
            yield ("recipients", name, "safeguard"), message


def privacy_shield(policy: Policy, today: date) -> Iterator[Found]:
    """A recipient under the Privacy Shield, which ended on 16 July 2020.

    In the EEA too, and of counts alone: the statement would still tell customers that it protects them.
    """
    if today < (ended := transfers().privacy_shield_ended):
        return
    for name, recipient in policy.recipients.items():
        if recipient.safeguard and recipient.safeguard.kind == "privacy_shield":
            message = f'the Privacy Shield is invalid since {ended}, and "{name}" has nothing else'
            yield ("recipients", name, "safeguard", "kind"), message


def safeguard_ended(policy: Policy, today: date) -> Iterator[Found]:
    """A safeguard that has run out, or is still to come."""
    for name, safeguard in _safeguards(policy):
        if safeguard.until and safeguard.until < today:
            message = f'the safeguard of the transfer to "{name}" ended on {safeguard.until}'
            yield ("recipients", name, "safeguard", "until"), message
        elif safeguard.since and safeguard.since > today:
            message = f'the safeguard of the transfer to "{name}" begins only on {safeguard.since}'
            yield ("recipients", name, "safeguard", "since"), message


def no_adequacy(policy: Policy, today: date) -> Iterator[Found]:
    """A decision of the Commission (art. 45) that there is not for the country, or not any more."""
    for name, recipient in _abroad(policy):
        safeguard = recipient.safeguard
        if safeguard and safeguard.kind in {"adequacy", "data_privacy_framework"}:
            decision = transfers().adequate.get(recipient.country)
            if decision is None or decision.kind != safeguard.kind or not decision.holds(today):
                message = (
                    f'no decision of this kind is valid for {recipient.country}, where "{name}" stores data'
                )
                yield ("recipients", name, "safeguard", "kind"), message


def no_recipients(policy: Policy, _today: date) -> Iterator[Found]:
    """Nobody is behind what pages load from others; or no processor is named, and yet mail goes out or data is kept."""
    roles = {recipient.role for recipient in policy.recipients.values()}
    mailing = [name for name, purpose in policy.purposes.items() if purpose.mail]
    keeping = [name for name, purpose in policy.purposes.items() if purpose.data]
    if policy.third_parties and roles <= {Role.AUTHORITY}:
        loaded = ", ".join(policy.third_parties)
        yield ("recipients",), f"names no recipient for what pages load from others: {loaded}"
    elif Role.PROCESSOR in roles:
        return
    elif mailing:
        yield (
            ("recipients",),
            f"names no processor that hosts the shop or sends its mail ({', '.join(mailing)})",
        )
    elif keeping and "recipients" in policy.model_fields_set:  # a file that says nothing may be unfinished
        yield (
            ("recipients",),
            f"names no processor that hosts the shop and what it keeps ({', '.join(keeping)})",
        )


def _abroad(policy: Policy) -> Iterator[tuple[str, Recipient]]:
    for name, recipient in policy.recipients.items():
        if recipient.country not in transfers().eea and not recipient.aggregate:
            yield name, recipient


def _safeguards(policy: Policy) -> Iterator[tuple[str, Safeguard]]:
    for name, recipient in _abroad(policy):
        if recipient.safeguard:
            yield name, recipient.safeguard


WORDS: Final = frozenset(
    {"sale", "sell", "selling", "sold", "resale", "resell", "reselling", "resold"}
    | {"verkoop", "verkopen", "verkocht", "doorverkoop", "doorverkopen"}
    | {"vente", "vendre", "vendu", "revente", "revendre"}
    | {"verkauf", "verkaufen", "verkauft", "weiterverkauf"}
)
"""A sale in English, Dutch, French and German. Not "sales", which are what a shop counts of its own: ``sales_orders``,
``after_sales``; nor a word that holds one of these: ``verkooporder``."""


def sale_in_name(policy: Policy, _today: date) -> Iterator[Found]:
    """A purpose or recipient called after a sale: of goods, perhaps, but its reader cannot know."""
    for table in ("purposes", "recipients"):
        for name in getattr(policy, table):
            if sold := WORDS.intersection(name.split("_")):
                yield (table, name), f'is called after a sale ("{min(sold)}"), and personal data is not sold'
