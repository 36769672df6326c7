"""Where documents live: providers, and the manager that asks them in order. May import config, remote and below."""
