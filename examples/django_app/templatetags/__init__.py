"""What the shop's templates can say beside Django's own tags."""
