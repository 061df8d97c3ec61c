"""Files of a drop folder: which are new, what each states, and which are held."""
