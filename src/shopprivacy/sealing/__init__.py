"""Sealed values: personal data that a copy of the database does not show, and that can be destroyed for one person.

``envelope`` is the format of a sealed value, ``values`` what may be sealed, ``field_keys`` the shop's own keys,
``blind_index`` how a sealed value is found.
"""
