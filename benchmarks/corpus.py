"""A tree of documents and sources with known references in it, the same for the same seed.

Sizes follow a log-normal law around 3 KB with a few of hundreds; about one file in twenty has references: good ones, older forms
and broken ones. Some texts only look like references. `FOLDER.truth.jsonl` has a line for every reference that was planted.
"""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

WORDS = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "is",
    "that",
    "for",
    "it",
    "as",
    "was",
    "with",
    "be",
    "by",
    "on",
    "not",
    "he",
    "his",
    "but",
    "at",
    "are",
    "this",
    "have",
    "from",
    "or",
    "had",
    "an",
    "they",
    "which",
    "one",
    "you",
    "were",
    "all",
    "her",
    "she",
    "there",
    "would",
    "their",
    "we",
    "him",
    "been",
    "has",
    "when",
    "who",
    "will",
    "no",
    "more",
    "if",
    "out",
    "so",
    "up",
    "said",
    "what",
    "its",
    "about",
    "than",
    "into",
    "them",
    "can",
    "only",
    "other",
    "time",
    "new",
    "some",
    "could",
    "these",
    "two",
    "may",
    "first",
    "then",
    "do",
    "any",
    "like",
    "my",
    "now",
    "over",
    "such",
    "our",
    "man",
    "me",
    "even",
    "most",
    "made",
    "after",
    "deploy",
    "service",
    "cluster",
    "token",
    "policy",
    "schema",
    "endpoint",
    "pipeline",
    "registry",
    "manifest",
    "artifact",
    "workspace",
    "branch",
    "release",
    "cache",
    "module",
    "provider",
    "adapter",
    "handler",
    "queue",
    "worker",
    "latency",
    "throughput",
    "config",
    "template",
    "validate",
    "migrate",
    "sync",
    "resolve",
    "document",
    "reference",
    "version",
    "repository",
    "commit",
    "workflow",
    "action",
    "runner",
    "secret",
    "variable",
    "namespace",
    "controller",
    "gateway",
    "proxy",
    "index",
]
NAMES = WORDS[100:]
EXTENSIONS = (
    [".md"] * 62
    + [".mdx"] * 4
    + [".yaml"] * 8
    + [".yml"] * 6
    + [".json"] * 5
    + [".py"] * 5
    + [".ts"] * 8
    + [".txt"] * 2
)
SEGMENTS = [
    "api",
    "auth",
    "billing",
    "cli",
    "core",
    "data",
    "edge",
    "flow",
    "graph",
    "http",
    "infra",
    "jobs",
    "keys",
    "logs",
    "mesh",
    "net",
    "ops",
    "plan",
    "query",
    "rules",
    "sdk",
    "tests",
    "ui",
    "v1",
    "v2",
]
TOPS = ["docs", "guides", "reference", "specs", "src", "examples", "content", "adr", "runbooks", "schemas"]
ORGS = ("umbrella", "northwind", "corthos-ai", "initech")
PROJECTS = ("docs", "core", "forge-bundle", "api.gateway", "etl_corthion", "lake.corthonomy.ai", "standards")
WRAPS = (
    "See [the doc]({}) for more.",
    "- {}",
    "Ref: <{}>",
    "as in `{}` above",
    "({})",
    "{}",
    "| a | {} | b |",
    '  - "{}"',
    "{} and then",
)
DECOYS = (
    "Mail ops@codex.example or ask @codexbot.",
    "The word codex: means a book.",
    '"@codex/sdk": "^1.2.3",',
    "import x from '@codex/sdk'",
)
COMMENTS = {".py": "# ", ".ts": "// ", ".yaml": "# ", ".yml": "# "}


class Corpus:
    """Makes the tree; every choice comes from one random generator."""

    def __init__(self, count: int, seed: int) -> None:
        self.random = random.Random(seed * 1_000_003 + count)  # noqa: S311  (the same tree for the same seed)
        self.count = count
        self.paragraphs = [self._paragraph() for _ in range(3000)] + [self._code() for _ in range(500)]
        self.sources = [self._source() for _ in range(2000)]
        self.folders = [
            "/".join([self.random.choice(TOPS), *self._segments(8)]) for _ in range(max(4, count // 8))
        ]

    def write(self, folder: Path) -> int:
        """Write all files and the truth; gives the number of references planted."""
        planted = 0
        with folder.with_suffix(".truth.jsonl").open("w", encoding="utf-8") as truth:
            for number in range(self.count):
                path, lines, references = self._file(number)
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                ending = "\r\n" if path.endswith(".md") and number % 50 == 7 else "\n"
                target.write_bytes(ending.join(lines).encode())
                planted += len(references)
                truth.writelines(json.dumps({"path": path, **row}) + "\n" for row in references)
        return planted

    def _words(self, count: int) -> list[str]:
        return [WORDS[int(len(WORDS) * self.random.random() ** 2.2)] for _ in range(count)]

    def _segments(self, most: int) -> list[str]:
        return [
            self.random.choice(SEGMENTS) for _ in range(min(most, 1 + int(self.random.expovariate(0.55))))
        ]

    def _paragraph(self) -> str:
        words = self._words(self.random.randint(25, 95))
        for index in range(0, len(words), 13):
            words[index] = self.random.choice(("`{}`", "**{}**", "[{0}](../{0}.md)", "{}.", "{},")).format(
                words[index]
            )
        lines = [" ".join(words[at : at + 15]) for at in range(0, len(words), 15)]
        return "\n".join(lines) + "\n\n"

    def _code(self) -> str:
        rows = (
            f"    {self.random.choice(WORDS)} = {self.random.choice(WORDS)}({self.random.randint(0, 9999)})\n"
            for _ in range(8)
        )
        return "```python\n" + "".join(rows) + "```\n\n"

    def _source(self) -> str:
        name, value = self.random.choice(NAMES), self.random.choice(NAMES)
        return f"{name}_{self.random.randint(0, 9999)}: {' '.join(self._words(9))} {value} + {self.random.randint(0, 99)}\n"

    def _target(self) -> str:
        folders = "/".join(self.random.choice(SEGMENTS) for _ in range(self.random.randint(1, 4)))
        return f"{folders}/{self.random.choice(NAMES)}-{self.random.randint(0, 500)}{self.random.choice(('.md', '.yaml'))}"

    def _reference(self) -> tuple[str, bool]:
        """A reference and whether it is valid."""
        org, project, path = self.random.choice(ORGS), self.random.choice(PROJECTS), self._target()
        version = f"v{self.random.randint(0, 3)}.{self.random.randint(0, 20)}"
        forms = (
            (0.56, f"codex://{org}/{project}/{path}", True),
            (0.64, f"codex://{org}/{project}/{path}#{self.random.choice(NAMES)}", True),
            (0.70, f"codex://{org}/{project}@{version}/{path}", True),
            (0.86, f"@codex/{project}/{path}", True),
            (0.90, f"codex://{org}/{project}/../{path}", False),
            (0.93, f"codex://{org}", False),
            (0.96, f"codex://-{org}/{project}/{path}", False),
            (1.01, f"codex:///{path}", False),
        )
        draw = self.random.random()
        return next((text, valid) for limit, text, valid in forms if draw < limit)

    def _body(self, extension: str, size: int) -> list[str]:
        if extension == ".json":
            items = [
                {"id": self.random.randint(0, 99999), "text": " ".join(self._words(4))}
                for _ in range(max(1, size // 60))
            ]
            return json.dumps({"items": items}, indent=1).split("\n")
        parts = (
            [f'---\ntitle: "{" ".join(self._words(4))}"\n---\n\n# {self.random.choice(WORDS)}\n\n']
            if "md" in extension
            else []
        )
        pool = self.paragraphs if extension in (".md", ".mdx", ".txt") else self.sources
        length = sum(map(len, parts))
        while length < size:
            parts.append(pool[int(self.random.random() * len(pool))])
            length += len(parts[-1])
        return "".join(parts).split("\n")

    def _size(self) -> int:
        if self.random.random() < 0.002:
            return self.random.randint(150_000, 400_000)
        return max(60, min(400_000, int(3000 * math.exp(self.random.gauss(0, 1.15)))))

    def _file(self, number: int) -> tuple[str, list[str], list[dict[str, object]]]:
        extension = self.random.choice(EXTENSIONS)
        folder = self.folders[int(len(self.folders) * self.random.random() ** 1.5)]
        lines = self._body(extension, self._size())
        planted: list[tuple[str, bool]] = []
        if extension != ".json" and self.random.random() < 0.05:
            planted = [self._reference() for _ in range(min(40, 1 + int(self.random.expovariate(0.3))))]
        marks: dict[int, tuple[str, bool]] = {}
        extra = (
            [(self.random.choice(DECOYS), None)]
            if extension != ".json" and self.random.random() < 0.02
            else []
        )
        for text, valid in [*planted, *extra]:
            at = self.random.randint(min(8, len(lines) - 1), len(lines) - 1)
            line = COMMENTS.get(extension, "") + (
                self.random.choice(WRAPS).format(text) if valid is not None else text
            )
            lines.insert(at, line)
            marks = {index + (index >= at): mark for index, mark in marks.items()}
            if valid is not None:
                marks[at] = (text, valid)
        rows = [
            {"line": index + 1, "column": lines[index].index(text) + 1, "text": text, "valid": valid}
            for index, (text, valid) in sorted(marks.items())
        ]
        return f"{folder}/{self.random.choice(WORDS)}-{number:05d}{extension}", lines, rows
