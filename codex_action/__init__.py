"""codex-action: references between an organisation's repositories and its shared knowledge base.

The rooms, from the doors down; each imports only what stands below it (docs/architecture.md):
cli, action > codex, report > checks > config > remote > artifacts > refs > files, workers > errors.
"""

__version__ = "0.1.0"
