"""Where keysets come from. Import the provider you use."""
