"""Shops as their owners type them. mypy --strict and pyright's strict mode read these files; nobody runs them.

A line that must be an error says so to both: each of them fails where its ``ignore`` ignores nothing.
"""
