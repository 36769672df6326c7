"""What kind of content a path promises: by its extension alone, the same on every machine."""

from __future__ import annotations

from codex_action.refs.paths import get_extension

UNKNOWN = "application/octet-stream"
_TYPES = {
    "css": "text/css",
    "csv": "text/csv",
    "gif": "image/gif",
    "go": "text/x-go",
    "htm": "text/html",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "application/javascript",
    "json": "application/json",
    "markdown": "text/markdown",
    "md": "text/markdown",
    "mdx": "text/markdown",
    "pdf": "application/pdf",
    "png": "image/png",
    "py": "text/x-python",
    "rb": "text/x-ruby",
    "rs": "text/x-rust",
    "sh": "application/x-sh",
    "svg": "image/svg+xml",
    "toml": "application/toml",
    "ts": "application/typescript",
    "txt": "text/plain",
    "xml": "application/xml",
    "yaml": "application/x-yaml",
    "yml": "application/x-yaml",
}


def detect_content_type(path: str) -> str:
    """The media type of a document by its path's extension; `application/octet-stream` where that tells nothing."""
    return _TYPES.get(get_extension(path), UNKNOWN)
