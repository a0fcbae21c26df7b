"""The example shops: the same small webshop for each framework that the library serves."""
