"""What endpoints read and return: request heads, forms, languages, effects. No I/O."""
