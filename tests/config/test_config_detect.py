"""The formats by their shape."""

from __future__ import annotations

import pytest

from codex_action.config.detect import FORMATS, detect_version, needs_migration


@pytest.mark.parametrize(
    ("config", "name", "key"),
    [
        pytest.param({"schema_version": "3.0", "codex": {}}, "F10", "'schema_version'", id="v3"),
        pytest.param({"codex_repo": {}}, "F10", "'codex_repo'", id="v3-by-shape"),
        pytest.param({"codex": {"schema_version": "3.0"}}, "F10", "'codex.schema_version'", id="v3-section"),
        pytest.param({"schema_version": 3.0}, "F10", "'schema_version'", id="v3-number"),
        pytest.param({"schema_version": "v3"}, "F10", "'schema_version'", id="v3-letter"),
        pytest.param({"schema_version": "4.0", "permissions": {}}, "F10", "'schema_version'", id="later"),
        pytest.param(
            {"codex": {"schema_version": "3.1"}}, "F10", "'codex.schema_version'", id="later-section"
        ),
        pytest.param({"codex": {"schema_version": "2.0"}}, "F11", "'codex'", id="unified"),
        pytest.param({"file": {}, "codex": 5}, "F11", "'file'", id="unified-without-us"),
        pytest.param({"codex": 5, "cacheDir": "c"}, "F5", "'cacheDir'", id="codex-is-no-section"),
        pytest.param({"codex": {"role": "source"}}, "F12", "'codex.role'", id="codex-side"),
        pytest.param({"codex": {"sync_targets": []}}, "F12", "'codex.sync_targets'", id="codex-side-targets"),
        pytest.param({"version": "3.0", "organization": {}}, "F9", "'organization'", id="sdk-3"),
        pytest.param({"version": "3.0", "syncRules": None}, "F8", "'syncRules'", id="sdk-2"),
        pytest.param({"organizationSlug": "a", "storage": []}, "F7", "'organizationSlug'", id="sdk-internal"),
        pytest.param({"version": "4.0", "codex_repo": "c"}, "F4", "'version'", id="plugin-4"),
        pytest.param({"version": 4.0, "codex_repo": "c"}, "F4", "'version'", id="plugin-4-number"),
        pytest.param({"version": "1.0", "codex_repo": "c", "cli": {}}, "F4", "'cli'", id="plugin-4-by-shape"),
        pytest.param(
            {"version": "1.0", "codex_repo": "c", "environments": {}}, "F3", "'environments'", id="plugin-3"
        ),
        pytest.param({"codex_repo": "c", "sources": {}}, "F3", "'sources'", id="plugin-3-sources"),
        pytest.param({"codex_repo": "c", "sources": []}, "F2", "'codex_repo'", id="plugin-2-sources"),
        pytest.param(
            {"version": "3.0", "default_sync_patterns": []}, "F1", "'default_sync_patterns'", id="plugin-1"
        ),
        pytest.param({"sync_patterns": []}, "F2", "'sync_patterns'", id="plugin-2"),
        pytest.param({"organization": "o", "storage": []}, "F5", "'storage'", id="cli-yaml"),
        pytest.param({"codex_repo": "c", "storage": []}, "F5", "'storage'", id="cli-yaml-with-repo"),
        pytest.param({"sync": {"bidirectional": True}}, "F5", "'sync.bidirectional'", id="cli-yaml-sync"),
        pytest.param({"storage": {"providers": {}}}, "F6", "'storage.providers'", id="cli-json"),
        pytest.param({"cache": {"defaultTtl": 1}}, "F6", "'cache.defaultTtl'", id="cli-json-cache"),
        pytest.param({"storage": {"a": {}}}, "F13", "'storage'", id="python-storage"),
        pytest.param({"organization": "o"}, "F13", "'organization'", id="python"),
        pytest.param({"CODEX_GITHUB_ORG": "o"}, "F0", "'CODEX_GITHUB_ORG'", id="variables"),
        pytest.param({}, "unknown", "No key", id="empty"),
        pytest.param({"version": "3.0"}, "unknown", "No key", id="a-number-says-nothing"),
        pytest.param([], "unknown", "mapping", id="list"),
        pytest.param(None, "unknown", "mapping", id="null"),
    ],
)
def test_a_format_by_its_key(config: dict[str, object], name: str, key: str) -> None:
    detection = detect_version(config)
    assert detection.format == name
    assert key in detection.reason
    assert detection.confidence in ("high", "medium", "low")
    assert detection.version == FORMATS.get(name, ("unknown",))[0]
    assert needs_migration(config) == (
        name not in ("F10", "unknown") and not isinstance(config.get("file"), dict)
    )
