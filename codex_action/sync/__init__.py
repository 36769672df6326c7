"""Make two trees agree: a project's files and their copies in the codex repository. May import storage and below."""
