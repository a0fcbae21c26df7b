"""What the example shops share and no web framework knows of: goods, texts, options, clock, outbox, prices."""
