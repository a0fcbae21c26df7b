"""The models of all domains, where Django looks for them. They stand with their stores, in ``stores``."""

from __future__ import annotations

from shopprivacy.adapters.django.database import STORES

STORES.load()
