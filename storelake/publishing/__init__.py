"""Publishing: what passed all gates is put where people read it, on both engines."""
