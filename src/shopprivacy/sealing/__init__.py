"""Sealed values: personal data that a copy of the database does not show, and that can be destroyed for one person.

``envelope`` is the format of a sealed value, ``values`` what may be sealed, ``blind_index`` how one is found.
``field_keys`` are the shop's own keys, ``subject_keys`` those of persons, which ``wrap`` keeps in the ``store``.
"""

from shopprivacy.sealing.envelope import stored_length
from shopprivacy.sealing.model import Erased, NewSubject

__all__ = ["Erased", "NewSubject", "stored_length"]
