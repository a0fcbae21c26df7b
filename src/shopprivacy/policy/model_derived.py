"""What stands in a policy without being written: the cookies of presets, and defaults that hang on other keys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from shopprivacy.policy.model_base import Declared
from shopprivacy.policy.model_keys import PolicyKeys
from shopprivacy.policy.model_page import Signals
from shopprivacy.policy.model_purpose import Purpose
from shopprivacy.policy.presets import preset_cookies
from shopprivacy.policy.vocabulary import Basis

T = TypeVar("T", bound=Declared)


def spread_out(values: Mapping[str, object]) -> dict[str, object]:
    """The values with the presets' cookies among the cookies (the shop's own win) and ``not_personal`` on top."""
    spread = dict(values)
    presets, cookies, data = (spread.get(key) for key in ("presets", "cookies", "data"))
    if isinstance(presets, list | tuple) and isinstance(cookies, Mapping | None):
        spread["cookies"] = {**preset_cookies(presets), **(cookies or {})}
    if isinstance(data, Mapping) and "not_personal" in data:
        spread["data"] = {name: entry for name, entry in data.items() if name != "not_personal"}
        spread["not_personal"] = data["not_personal"]
    if isinstance(signals := spread.get("signals"), Signals):
        # Perhaps another policy's: what was derived there is not stated here.
        spread["signals"] = signals.changed()
    return spread


def derived(policy: PolicyKeys) -> dict[str, object]:
    """The keys whose default hangs on other keys: who is asked for consent, and what a signal objects to."""
    in_browser = {cookie.purpose for cookie in policy.cookies.values()}
    in_browser |= {party.purpose for party in policy.third_parties.values()}
    purposes = {name: _asked(purpose, name in in_browser) for name, purpose in policy.purposes.items()}
    if "purposes" in policy.signals.model_fields_set:
        return {"purposes": MappingProxyType(purposes)}
    exempt = {cookie.purpose for cookie in policy.cookies.values() if cookie.exempt}
    objected = tuple(
        name
        for name, purpose in purposes.items()
        if purpose.objectable and (purpose.asked == "browser" or name in exempt)
    )
    return {"purposes": MappingProxyType(purposes), "signals": _filled(policy.signals, purposes=objected)}


def _asked(purpose: Purpose, in_browser: bool) -> Purpose:  # noqa: FBT001  # one fact, passed on
    if purpose.basis is not Basis.CONSENT or "asked" in purpose.model_fields_set:
        return purpose
    return _filled(purpose, asked="browser" if in_browser else "account")


def _filled(part: T, **values: object) -> T:
    """A copy with values that the file does not state; they are not counted as set, so they are derived anew."""
    copy = part.model_copy(update=values)
    copy.__pydantic_fields_set__.difference_update(values.keys() - part.model_fields_set)
    return copy
