"""What `migrate config` says: for people, for scripts and for workflows."""

from __future__ import annotations

from codex_action.config.detect import VersionDetection
from codex_action.config.draft import Change
from codex_action.config.migration import Migration
from codex_action.config.upgrade import Upgrade, UpgradeReport
from codex_action.errors import ConfigurationError, ExitCode, Problem
from codex_action.report import upgrade

WARNING = Problem("is odd", "sync.x", 3, 5, "warning")
NOWHERE = Problem("is everywhere", severity="warning")
ERROR = Problem("is wrong", "a", 1, 1)


def item(after: bytes | None = b"new: 1\n", **fields: object) -> Upgrade:
    migration = Migration(
        {"old": 1},
        {"new": 1},
        (
            Change("move", "old", "new", ""),
            Change("drop", "gone", "", "a default"),
            Change("convert", "", "made", ""),
        ),
        (),
        VersionDetection("4.0", "F4", "high", "It has the key 'old'."),
    )
    values = {"path": "a.yaml", "output": "a.yaml", "problems": (), "before": b"old: 1\n", **fields}
    return Upgrade(migration=migration, after=after, **values)  # type: ignore[arg-type]


def lines(*items: Upgrade, diff: bool = False, failures: tuple[ConfigurationError, ...] = ()) -> list[str]:
    return upgrade.render(UpgradeReport(items, failures), diff=diff).splitlines()


HEAD = "a.yaml: format F4: It has the key 'old'"


def test_heads() -> None:
    assert lines(item(None)) == [f"{HEAD}; nothing to do"]
    assert lines(item())[0] == f"{HEAD}; to be migrated (--write does it)"
    assert lines(item(written=True))[0] == f"{HEAD}; migrated"
    assert lines(item(output="b.yaml"))[0] == f"{HEAD}; to be migrated to b.yaml (--write does it)"
    assert lines(item(output="b.yaml", written=True))[0] == f"{HEAD}; migrated to b.yaml"
    assert lines(item(None, note="b.yaml is there already"))[0] == f"{HEAD}; b.yaml is there already"


def test_changes_and_warnings() -> None:
    assert lines(item(problems=(NOWHERE, WARNING)))[1:] == [
        "  move      old -> new",
        "  drop      gone  (a default)",
        "  convert   made",
        "  warning: is everywhere",
        "  a.yaml:3:5: warning: sync.x: is odd",
    ]


def test_several() -> None:
    found = lines(item(None), item(None), failures=(ConfigurationError("b.yaml: broken\x1b", file="b.yaml"),))
    assert found == [f"{HEAD}; nothing to do", "", f"{HEAD}; nothing to do", "Error: b.yaml: broken\\x1b"]
    assert lines() == ["There is no configuration here; codex-action init writes one."]


def test_the_diff() -> None:
    assert lines(item(), diff=True)[-5:] == [
        "--- a/a.yaml",
        "+++ b/a.yaml",
        "@@ -1 +1 @@",
        "-old: 1",
        "+new: 1",
    ]
    assert lines(item(output="b.yaml"), diff=True)[-4:] == [
        "--- a/a.yaml",
        "+++ b/b.yaml",
        "@@ -0,0 +1 @@",
        "+new: 1",
    ]
    assert lines(item(None), diff=True) == lines(item(None))


def test_secrets_are_stars_in_the_diff() -> None:
    hidden = "s3cret-value"
    given = item(f"new:\n  token: {hidden}\n  pin: abc\n".encode(), before=f"token: '{hidden}'\n".encode())
    migration = Migration(
        {"token": hidden}, {"new": {"token": hidden, "password": "abc"}}, (), (), given.migration.detection
    )
    shown = upgrade.unified(Upgrade("a", "a", migration, (), given.before, given.after))
    assert shown[3:] == ["-token: '***'", "+new:", "+  token: ***", "+  pin: abc"]


def test_exit_codes() -> None:
    assert UpgradeReport(()).exit_code == ExitCode.OK
    assert UpgradeReport((item(None, problems=(WARNING,)),)).exit_code == ExitCode.OK
    assert UpgradeReport((item(None), item())).exit_code == ExitCode.FINDINGS
    assert UpgradeReport((item(written=True),)).exit_code == ExitCode.FINDINGS
    assert UpgradeReport((item(), item(None, problems=(ERROR,)))).exit_code == ExitCode.CONFIGURATION
    assert UpgradeReport((), (ConfigurationError("x"),)).exit_code == ExitCode.CONFIGURATION


def test_the_document() -> None:
    error = ConfigurationError("b.yaml:1:1: a: is wrong", problems=(ERROR,), file="b.yaml")
    document = upgrade.document(UpgradeReport((item(problems=(WARNING,), written=True, note="n"),), (error,)))
    assert document == {
        "schema": "codex-action/migrate-config@1",
        "files": [
            {
                "path": "a.yaml",
                "output": "a.yaml",
                "format": "F4",
                "version": "4.0",
                "reason": "It has the key 'old'.",
                "needs_migration": True,
                "written": True,
                "removed_source": False,
                "note": "n",
                "changes": [
                    {"type": "move", "from": "old", "to": "new", "note": ""},
                    {"type": "drop", "from": "gone", "to": "", "note": "a default"},
                    {"type": "convert", "from": "", "to": "made", "note": ""},
                ],
                "warnings": [
                    {"line": 3, "column": 5, "path": "sync.x", "severity": "warning", "message": "is odd"}
                ],
            }
        ],
        "failures": [
            {
                "path": "b.yaml",
                "message": "b.yaml:1:1: a: is wrong",
                "problems": [
                    {"line": 1, "column": 1, "path": "a", "severity": "error", "message": "is wrong"}
                ],
            }
        ],
    }


def test_the_workflow() -> None:
    broken = ConfigurationError("c.yaml:1:1: a: is wrong", problems=(ERROR,), file="c.yaml")
    report = UpgradeReport(
        (item(problems=(WARNING, NOWHERE)), item(written=True), item(None)),
        (broken, ConfigurationError("d.yaml: no", file="d.yaml")),
    )
    for prefix, join in (("", ""), (".", ""), ("part", "part/")):
        found = upgrade.workflow(report, prefix=prefix).splitlines()
        assert [line.partition(" ")[0] for line in found] == [
            "::warning",
            "::warning",
            "::warning",
            "::error",
            "::error",
        ]
        assert all(f"file={join}" in line for line in found)
        assert found[0].endswith("line=3,col=5::sync.x: is odd")
        assert found[1].endswith("title=codex-action config::is everywhere")
        assert (
            "an older format: 3 changes to migrate it; run: codex-action migrate config --write" in found[2]
        )
        assert found[3].endswith("line=1,col=1::c.yaml:1:1: a: is wrong")
        assert "line=" not in found[4]


def test_the_step_summary() -> None:
    broken = ConfigurationError("b.yaml: <b>broken</b>", file="b.yaml")
    given = item(b"new: 1\n```\n", problems=(WARNING,))
    text = upgrade.markdown(UpgradeReport((given, item(None)), (broken,)))
    assert text.startswith("### Codex configuration\n\n<code>a&#46;yaml</code>: format F4")
    assert "\n````diff\n--- a/a.yaml\n" in text
    assert "\n+```\n````\n" in text
    assert text.count("diff\n") == 1
    assert "<b>" not in text
    many = upgrade.markdown(UpgradeReport((item(b"x: 1\n" * 100_000),)))
    assert len(many) < 100_000
    assert "more lines\n```\n" in many
