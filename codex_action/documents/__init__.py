"""Reading documents: who may, where they are, what is kept of them. May import cache, storage, config and below."""
