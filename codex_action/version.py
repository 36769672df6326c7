"""The version: a literal, because asking the installed metadata costs five interpreter starts."""

__version__ = "0.1.0"
