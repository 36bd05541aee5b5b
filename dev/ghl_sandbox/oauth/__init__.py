"""OAuth as the vendor's marketplace does it."""
