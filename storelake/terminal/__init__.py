"""The terminal: text from outside made harmless, tables that fit, no colours in a pipe."""
