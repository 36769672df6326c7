"""Write documents into a folder, each below ORG/PROJECT, through no link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence

from codex_action import files
from codex_action.artifacts.document import Document
from codex_action.errors import RefusedError, StorageError
from codex_action.refs.uri import parse_reference

_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{name}{number}" for name in ("COM", "LPT") for number in "0123456789¹²³"
}


def write_documents(folder: str, documents: Sequence[Document]) -> Iterator[str]:
    """Write documents into a folder, and give their paths as they are written; raises as write_document does.

    Raises RefusedError, and writes nothing, where two of them have one place, as two versions of a document.
    """
    places: dict[str, Document] = {}
    for document in documents:
        other = places.setdefault("/".join(_parts(document)), document)
        if other.content != document.content:
            raise RefusedError(
                f"{other.reference} and {document.reference} have one place in {folder!r}",
                hint="give each version a folder of its own",
            )
    return (write_document(folder, document) for document in documents)


def write_document(folder: str, document: Document, *, windows: bool = os.name == "nt") -> str:
    """Write a document to FOLDER/ORG/PROJECT/PATH and give that path.

    What is made belongs to whom the folder belongs to, so that who made that can clear it away. Raises RefusedError
    for a link or a file on the way and for a name that `windows` takes for something else, StorageError where it
    cannot be written.
    """
    parts = _parts(document)
    if windows:
        _need_plain(document, parts)
    try:
        if not os.path.isdir(folder):
            files.make_folder(folder)
        place = folder
        for part in parts[:-1]:
            place = _enter(os.path.join(place, part))
        path = os.path.join(place, parts[-1])
        files.create(path, document.content)
    except OSError as error:
        raise StorageError(f"cannot write {document.reference} below {folder!r}: {error.strerror}") from error
    return path


def _parts(document: Document) -> list[str]:
    parsed = parse_reference(document.reference)
    return [parsed.org, parsed.project, *parsed.path.split("/")]


def _need_plain(document: Document, parts: Sequence[str]) -> None:
    """There `a:b` is a stream of the file `a`, `NUL.md` a device, and dots and spaces at the end are dropped."""
    for part in parts:
        device = part.partition(".")[0].rstrip().upper()
        if ":" in part or part[-1] in ". " or device in _DEVICES:
            raise RefusedError(
                f"{document.reference} cannot be written: {part!r} is no file's name on Windows",
                hint="--output FILE gives it another name",
            )


def _enter(path: str) -> str:
    try:
        files.make_folder(path)
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise RefusedError(f"{path!r} is in the way: it is no folder", hint="remove it") from None
    return path
