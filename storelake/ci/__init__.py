"""CI against production: slim builds, production's state, parity of both engines."""
