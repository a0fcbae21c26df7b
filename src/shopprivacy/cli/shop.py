"""A shop that a command reads: ``MODULE:ATTRIBUTE``, as servers name it, or the settings of a Django shop.

What its models say of sealed columns is all that is looked at.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from inspect import isfunction
from pathlib import Path
from typing import Any, Final

import click

from shopprivacy.cli.places import store_at_hand
from shopprivacy.errors import PrivacyError, Problem
from shopprivacy.key_providers.places import KeyPlace, key_file
from shopprivacy.layers import layers
from shopprivacy.lint.sealed_columns import keys_beside, shop_problems
from shopprivacy.policy import Policy
from shopprivacy.privacy import Privacy
from shopprivacy.storage.sealed_models import SealedModels, models_of
from shopprivacy.storage.subject_key_places import VARIABLE, beside_keyset, stands_beside

_SHOP: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")
_SETTINGS: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_KEYS: Final = "SHOPPRIVACY_KEYS"


def is_shop(text: str) -> bool:
    """Whether this names a shop: ``module:attribute``, or the settings of a Django shop, as Django is told them."""
    if _SHOP.fullmatch(text):
        return True
    if _SETTINGS.fullmatch(text) is None:
        return False
    _look_here()
    try:
        return find_spec(text) is not None
    except ImportError:  # of what it stands in
        return False


class ShopName(click.ParamType):  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]  # has arguments since click 8.4
    """``MODULE:ATTRIBUTE``, or the module with a Django shop's settings."""

    name = "MODULE:ATTRIBUTE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it, or fail where it is of another form."""
        if not is_shop(str(value)):
            self.fail(
                f"{value} is not a shop: write module:attribute, such as shop:app, or the module of Django's settings",
                param,
                ctx,
            )
        return str(value)


def models_in(shop: str) -> Sequence[SealedModels]:
    """Import a shop, as its server does, and return the models that its Privacy seals.

    The attribute is the application, a Privacy, or a function without parameters that returns one. Raises UsageError
    where there is none, and ClickException where the shop does not start.
    """
    module, _, attribute = shop.partition(":")
    if not attribute:
        raise click.UsageError("a Django shop: python manage.py shopprivacy sealed …")
    _look_here()
    try:
        found: Any = getattr(import_module(module), attribute)
        found = found() if isfunction(found) else found
    except PrivacyError:
        raise
    except Exception as error:  # whatever the shop's own code raises
        raise click.ClickException(f"{shop} does not start: {type(error).__name__}: {error}") from None
    for privacy in _privacies(found):
        return models_of(privacy.sealing)
    raise click.UsageError(f"{shop} has no Privacy: name the object itself, such as {module}:privacy")


def _look_here() -> None:
    """Import from the folder that the command runs in, as flask and uvicorn do."""
    if (folder := os.getcwd()) not in sys.path:  # noqa: PTH109
        sys.path.insert(0, folder)


def policy_of(shop: str) -> Path | None:
    """Return the policy that a Django shop's settings name; None: another shop, which says it in its code.

    Raises UsageError where the settings do not have the app, and ClickException where they cannot be used.
    """
    return None if ":" in shop else from_here(Path(_app_of(shop).policy_file))


def from_here(path: Path) -> Path:
    """Return a path relative to the working directory if it is below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _app_of(settings: str) -> Any:  # noqa: ANN401  # the adapter's, which knows the models
    """The app `shopprivacy` of a Django shop with these settings."""
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    try:
        import_module("django").setup()
        return import_module("django.apps").apps.get_app_config("shopprivacy")
    except LookupError:
        raise click.UsageError(f"{settings}: INSTALLED_APPS lacks shopprivacy.adapters.django") from None
    except Exception as error:  # whatever the shop's own code raises
        raise click.ClickException(f"{settings}: {type(error).__name__}: {error}") from None


def _privacies(app: object) -> Iterator[Privacy]:
    """What an application is guarded by, as far as it and its layers show it."""
    for layer in layers(app):
        added = getattr(layer, "user_middleware", ())  # of Starlette, which makes it when it first serves
        given = [one for each in added for one in (*each.args, *each.kwargs.values())]
        with suppress(RuntimeError):  # a proxy that stands for nothing now
            given.append(getattr(layer, "privacy", None))
        yield from (one for one in (layer, *given) if isinstance(one, Privacy))


def problems_of(shop: str, policy: Policy | None, keys: KeyPlace | None, data: str) -> list[Problem]:
    """Return what is wrong with a shop's models, against the policy and in themselves, and with where its keys stand.

    Raises as `models_in` does, and UsageError where the policy says that columns are sealed and no models are known.
    """
    if ":" not in shop:
        return [*_app_of(shop).findings(policy)]
    known = models_in(shop)
    if not known and policy is not None and any(category.sealed for category in policy.data.values()):
        raise click.UsageError(f"the policy says that columns are sealed, and {no_models(shop)}")
    found = [problem for models in known for problem in shop_problems(policy, models.columns())]
    return [*found, *_beside(keys, data)]


def no_models(shop: str) -> str:
    """Return what to say of a shop whose models nobody has given keys."""
    return (
        f"{shop} has no sealed models: seal_models(Base, privacy.sealing) gives them keys; name a Django shop "
        "by its settings"
    )


def _beside(keys: KeyPlace | None, data: str) -> Iterator[Problem]:
    if not store_at_hand(data):
        return
    keyset = None if keys is None else key_file(keys)
    if keyset is not None and stands_beside(keyset, data):
        yield keys_beside(_KEYS, "the keyset")
    named = os.environ.get(VARIABLE)
    place = named or (keyset and beside_keyset(keyset))
    if place and (named or os.path.exists(place)) and stands_beside(place, data):  # noqa: PTH110  # never raises
        yield keys_beside(VARIABLE, "the store of subject keys")
