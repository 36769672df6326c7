"""What a release is made of, decided without GitHub.

usage: python .github/scripts/release.py check TAG          outputs for the workflow; fails where the tag is not right
       python .github/scripts/release.py tags TAG < TAGS    the tags that move to this release, of all that there are
       python .github/scripts/release.py pin IMAGE          action.yml runs this image instead of building one
       python .github/scripts/release.py notes TAG          what the changelog says of it
       python .github/scripts/release.py wheel TAG FOLDER   is what was built what is to be published?
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
IMAGE = re.compile(r"ghcr\.io/[a-z0-9][a-z0-9._/-]*@sha256:[0-9a-f]{64}")
TAG = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)((?:a|b|rc)\d+)?")


# How many words each command takes, its own name included.
COMMANDS = {"check": 2, "tags": 2, "pin": 2, "notes": 2, "wheel": 3}


class Version(NamedTuple):
    """A version of semantic versioning; `pre` is what a pre-release has at its end, such as rc1."""

    major: int
    minor: int
    patch: int
    pre: str = ""

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}{self.pre}"


class Wrong(Exception):
    """The release cannot be made; the message says why."""


def parse(tag: str) -> Version:
    """The version of a tag such as v1.2.3 or v1.2.3rc1."""
    match = TAG.fullmatch(tag)
    if not match:
        raise Wrong(f"{tag!r} is no release: vMAJOR.MINOR.PATCH, perhaps with rc1 at its end")
    return Version(int(match[1]), int(match[2]), int(match[3]), match[4] or "")


def check(tag: str, files: dict[str, str]) -> Version:
    """The tag's version, if everything that names a version names this one."""
    version = parse(tag)
    places = {
        "pyproject.toml": r'(?m)^version = "([^"]+)"',
        "codex_action/version.py": r'(?m)^__version__ = "([^"]+)"',
    }
    for name, pattern in places.items():
        found = re.search(pattern, files[name])
        if not found or found[1] != str(version):
            raise Wrong(f"{name} has the version {found[1] if found else None!r}, and the tag is {tag}")
    notes(tag, files["CHANGELOG.md"])
    return version


def notes(tag: str, changelog: str) -> str:
    """The changelog's section about a version."""
    version = str(parse(tag))
    heading = rf"(?ms)^## {re.escape(version)}(?: [^\n]*)?\n(.*?)(?=^## |\Z)"
    found = re.search(heading, changelog)
    if not found or not found[1].strip():
        raise Wrong(f"CHANGELOG.md has no section '## {version}'")
    return found[1].strip() + "\n"


def moving(tag: str, tags: Iterable[str]) -> list[str]:
    """The short tags that lead to a release: v1 and v1.2, each if no later release of its line is there already.

    A pre-release moves none: nobody gets one without asking for it.
    """
    version = parse(tag)
    if version.pre:
        return []
    others = [parse(known) for known in tags if TAG.fullmatch(known)]
    done = [other for other in others if not other.pre]
    lines = {f"v{version.major}": 1, f"v{version.major}.{version.minor}": 2}
    return [
        name
        for name, parts in lines.items()
        if all(other[:3] <= version[:3] for other in done if other[:parts] == version[:parts])
    ]


def pin(text: str, image: str) -> str:
    """action.yml with a published image, named by its digest, in the Dockerfile's place."""
    if not IMAGE.fullmatch(image):
        raise Wrong(f"{image!r} is no image of ghcr.io by its digest")
    pinned, count = re.subn(r"(?m)^  image: Dockerfile$", f"  image: docker://{image}", text)
    if count != 1:
        raise Wrong("action.yml does not build its image from the Dockerfile")
    return pinned


def wheel(tag: str, folder: Path) -> list[str]:
    """The names of a wheel and a source archive of this version, and nothing beside them."""
    version = parse(tag)
    wanted = [f"fractary_codex-{version}-py3-none-any.whl", f"fractary_codex-{version}.tar.gz"]
    found = sorted(path.name for path in folder.iterdir())
    if found != wanted:
        raise Wrong(f"{', '.join(found)} was built, and not {' and '.join(wanted)}")
    inside = zipfile.ZipFile(folder / wanted[0]).namelist()
    strange = {name.split("/")[0] for name in inside} - {
        "codex_action",
        f"fractary_codex-{version}.dist-info",
    }
    if strange or "codex_action/py.typed" not in inside:
        raise Wrong(f"the wheel is not the package alone: {', '.join(sorted(strange)) or 'no py.typed'}")
    return found


def read(*names: str) -> dict[str, str]:
    """Files of the repository."""
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in names}


def run(command: str, tag: str, folder: str) -> str:
    """What a command prints; the second argument is IMAGE for `pin`, and TAG for the others."""
    if command == "check":
        version = check(tag, read("pyproject.toml", "codex_action/version.py", "CHANGELOG.md"))
        return f"version={version}\nprerelease={str(bool(version.pre)).lower()}\n"
    if command == "tags":
        return "".join(f"{name}\n" for name in moving(tag, sys.stdin.read().split()))
    if command == "notes":
        return notes(tag, read("CHANGELOG.md")["CHANGELOG.md"])
    if command == "wheel":
        return "".join(f"{name}\n" for name in wheel(tag, Path(folder)))
    pinned = pin(read("action.yml")["action.yml"], tag)
    (ROOT / "action.yml").write_bytes(pinned.encode())
    return ""


def main(arguments: list[str]) -> int:
    """Do what is asked, and print what comes of it."""
    if not arguments or len(arguments) != COMMANDS.get(arguments[0]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        sys.stdout.write(run(*[*arguments, ""][:3]))
    except Wrong as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
