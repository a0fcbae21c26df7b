"""One thin adapter for each framework. Nothing here is imported unless a shop asks for it by name."""
