"""A small Django project: what the tests of the adapter stand on.

Importing ``set_up`` configures Django for the whole process, with a database file of its own for each process.
"""
