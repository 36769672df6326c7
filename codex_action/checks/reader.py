"""Read files and find what is in them. What comes back is small and can cross processes."""

from __future__ import annotations

import codecs
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from codex_action import files
from codex_action.checks.model import Skipped
from codex_action.refs.literal import may_refer

if TYPE_CHECKING:
    from codex_action.refs import scan

_DRIVES = os.name == "nt"  # elsewhere "a:b.md" is a name as any other
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_MARKDOWN = (".md", ".markdown", ".mdx", ".mdc", ".mkd")
_REF_PREFIX = (*_MARKDOWN, ".txt", ".text", ".rst", ".adoc", ".yaml", ".yml")
_SCRIPTS = (
    ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte", ".astro",
    ".css", ".scss", ".sass", ".less",
)  # fmt: skip
_NPM_PREFIXES = ("tsconfig", "jsconfig", ".eslintrc", ".babelrc", ".prettierrc", ".stylelintrc")
_NPM = (
    "package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock",
    "deno.json", "deno.jsonc", "deno.lock", "jsr.json", "pnpm-workspace.yaml", "components.json", "renovate.json",
    "renovate.json5", ".renovaterc",
)  # fmt: skip


class ScanOptions(NamedTuple):
    """What to look for. `root` is the folder that paths are relative to; `follow` reads what links point at."""

    root: str
    code_blocks: bool = False
    links: bool = False
    follow: bool = False


class FileFinds(NamedTuple):
    """A file with finds in it. `utf16`: their offsets are into its UTF-8 form."""

    file: str
    found: tuple[scan.Found, ...]
    utf16: bool = False


class Batch:
    """What a list of files came to: finds, counts of what was read and passed over, and what could not be read."""

    def __init__(self) -> None:
        self.finds: list[FileFinds] = []
        self.problems: list[Skipped] = []
        self.checked = self.binary = self.links = 0

    def add(self, other: Batch) -> None:
        """Take another list's results in."""
        self.finds += other.finds
        self.problems += other.problems
        self.checked += other.checked
        self.binary += other.binary
        self.links += other.links


def scan_files(options: ScanOptions, paths: Sequence[str]) -> Batch:
    """Read and scan each file; a file without a hit costs a read and a memory search."""
    batch = Batch()
    prefix = os.path.join(options.root, "")
    read, links = files.read_bytes, options.links
    checked = 0
    for path in paths:
        try:
            whole = path[0] == "/" or (_DRIVES and path[1:2] == ":")
            data = read(path if whole else prefix + path, follow=options.follow)
        except OSError as error:
            _not_read(batch, path, error, named=options.follow)
            continue
        text: bytes | None = data
        if data[:2] in _UTF16 and data[:4] != codecs.BOM_UTF32_LE:
            text = text_of(data)
        elif data.find(b"\0", 0, 8192) != -1:
            batch.binary += 1
            continue
        if text is None:
            batch.problems.append(Skipped(path, "not valid UTF-16"))
            continue
        checked += 1
        # One character is found ten times as fast as five: "$" is rare, and without it there is no "$ref:".
        if may_refer(text) or (b"$" in text and b"$ref:" in text) or (links and b"./" in text):
            found = scan_text(path, text, code_blocks=options.code_blocks, links=links)
            if found:
                batch.finds.append(FileFinds(path, tuple(found), text is not data))
    batch.checked = checked
    return batch


def _not_read(batch: Batch, path: str, error: OSError, *, named: bool) -> None:
    """Count or list a file that gave nothing. A listed one may be a link, or gone: git lists what was deleted."""
    if isinstance(error, files.NotRegular):
        batch.links += 1
    expected = isinstance(error, (files.NotRegular, FileNotFoundError))
    if named or not expected:
        batch.problems.append(Skipped(path, error.strerror or "cannot be read"))


def scan_text(path: str, data: bytes, *, code_blocks: bool, links: bool = False) -> list[scan.Found]:
    """The finds of one file's UTF-8 bytes that count: outside code and comments in Markdown."""
    from codex_action.refs import scan  # its tables cost 2 ms: only for a file with a hit

    name = path.rpartition("/")[2].lower()
    is_markdown = name.endswith(_MARKDOWN)
    found = scan.find_references(
        data,
        ref_prefix=name.endswith(_REF_PREFIX) or "." not in name,
        npm=name in _NPM
        or (name.startswith(_NPM_PREFIXES) and not is_markdown)
        or name.endswith((".tsconfig.json", ".jsconfig.json")),
        scripts=name.endswith(_SCRIPTS),
        markdown=is_markdown and not code_blocks,
        links=links and is_markdown,
    )
    if found and is_markdown and not code_blocks:
        from codex_action.refs.markdown import outside_code

        return outside_code(data, found)
    return found


def text_of(data: bytes) -> bytes | None:
    """A file's text as UTF-8 without a UTF-16 mark, as is if it is no UTF-16; None if it claims to be and is not."""
    encoding = _UTF16.get(data[:2])
    if encoding is None:
        return data
    try:
        return data[2:].decode(encoding).encode("utf-8")
    except UnicodeDecodeError:
        return None


def from_utf8(text: bytes, original: bytes) -> bytes:
    """UTF-8 bytes in the encoding that `original` has."""
    bom = original[:2]
    return bom + text.decode("utf-8").encode(_UTF16[bom]) if bom in _UTF16 else text


def original_offsets(places: Sequence[int], original: bytes) -> list[int]:
    """The places in a UTF-16 file's own bytes of offsets into its UTF-8 form; `places` must be in order."""
    text = text_of(original) or b""
    result: list[int] = []
    at, before = len(codecs.BOM_UTF16), 0
    for place in places:
        at += len(text[before:place].decode("utf-8").encode("utf-16-le"))
        before = place
        result.append(at)
    return result
