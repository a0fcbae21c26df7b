"""A Django app whose models have sealed fields."""
