"""The shop's data and what it does with them, on SQLAlchemy's ORM; no web framework."""
