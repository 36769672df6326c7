"""Settings and their history. So far: which project am I. Imports remote and refs."""
