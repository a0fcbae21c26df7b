"""What a shop, or the author of a store of their own, tests with. Needs pytest."""
