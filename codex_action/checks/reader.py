"""Read files and find what is in them. What comes back is small and can cross processes."""

from __future__ import annotations

import codecs
from typing import Iterable, NamedTuple, Sequence

from codex_action import files
from codex_action.checks.model import Skipped
from codex_action.refs import scan

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_MARKDOWN = (".md", ".markdown", ".mdx", ".mdc", ".mkd")
_REF_PREFIX = (*_MARKDOWN, ".txt", ".text", ".rst", ".adoc", ".yaml", ".yml")
_NPM = (
    "package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock",
    "deno.json", "deno.jsonc", "deno.lock", "jsr.json", "tsconfig.json", "jsconfig.json",
)  # fmt: skip


class ScanOptions(NamedTuple):
    """What to look for. `root` is the folder that paths are relative to; `follow` reads what links point at."""

    root: str
    code_blocks: bool = False
    links: bool = False
    follow: bool = False


class FileFinds(NamedTuple):
    """A file with finds in it."""

    file: str
    found: tuple[scan.Found, ...]


class Batch(NamedTuple):
    """What a list of files came to."""

    finds: list[FileFinds]
    checked: int
    binary: int
    links: int
    problems: list[Skipped]


def scan_files(options: ScanOptions, paths: Sequence[str]) -> Batch:
    """Read and scan each file; a file without a hit costs a read and a memory search."""
    finds: list[FileFinds] = []
    problems: list[Skipped] = []
    binary = links = gone = 0
    prefix = options.root.rstrip("/\\") + "/"
    follow, with_links, read = options.follow, options.links, files.read_bytes
    for path in paths:
        try:
            data = read(path if path[:1] == "/" or path[1:2] == ":" else prefix + path, follow=follow)
        except files.NotRegular as error:
            links += 1
            if follow:
                problems.append(Skipped(path, str(error.strerror)))
            continue
        except FileNotFoundError as error:
            gone += 1  # git lists what was deleted from the working tree
            if follow:
                problems.append(Skipped(path, str(error.strerror)))
            continue
        except OSError as error:
            gone += 1
            problems.append(Skipped(path, error.strerror or "cannot be read"))
            continue
        if data[:2] in _UTF16:
            text = to_utf8(data)
            if text is None:
                gone += 1
                problems.append(Skipped(path, "not valid UTF-16"))
                continue
            data = text
        elif data.find(b"\0", 0, 8192) != -1:
            binary += 1
            continue
        # One character is found ten times as fast as five: "$" is rare, and without it there is no "$ref:".
        if b"codex" in data or (b"$" in data and b"$ref:" in data) or (with_links and b"./" in data):
            found = scan_text(path, data, code_blocks=options.code_blocks, links=with_links)
            if found:
                finds.append(FileFinds(path, tuple(found)))
    return Batch(finds, len(paths) - binary - links - gone, binary, links, problems)


def scan_text(path: str, data: bytes, *, code_blocks: bool, links: bool = False) -> list[scan.Found]:
    """The finds of one file's UTF-8 bytes that count: outside code and comments in Markdown."""
    name = path.rpartition("/")[2].lower()
    is_markdown = name.endswith(_MARKDOWN)
    found = scan.find_references(
        data,
        ref_prefix=name.endswith(_REF_PREFIX) or "." not in name,
        npm=name in _NPM,
        markdown=is_markdown and not code_blocks,
        links=links and is_markdown,
    )
    if found and is_markdown and not code_blocks:
        from codex_action.refs.markdown import outside_code

        return outside_code(data, found)
    return found


def merge(parts: Iterable[Batch]) -> Batch:
    """One batch of several, in order."""
    total = Batch([], 0, 0, 0, [])
    for part in parts:
        total.finds.extend(part.finds)
        total.problems.extend(part.problems)
        total = total._replace(
            checked=total.checked + part.checked, binary=total.binary + part.binary, links=total.links + part.links
        )
    return total


def is_utf16(data: bytes) -> bool:
    """Does it start with a UTF-16 byte order mark?"""
    return data[:2] in _UTF16


def to_utf8(data: bytes) -> bytes | None:
    """UTF-16 with a BOM as UTF-8 without one; None if it is not valid."""
    try:
        return data[2:].decode(_UTF16[data[:2]]).encode("utf-8")
    except UnicodeDecodeError:
        return None


def from_utf8(text: bytes, original: bytes) -> bytes:
    """UTF-8 bytes in the encoding that `original` has."""
    bom = original[:2]
    return bom + text.decode("utf-8").encode(_UTF16[bom]) if bom in _UTF16 else text


def original_offset(text: bytes, offset: int, original: bytes) -> int:
    """The place in the file's own bytes of an offset into its UTF-8 form."""
    return len(from_utf8(text[:offset], original)) if original[:2] in _UTF16 else offset
