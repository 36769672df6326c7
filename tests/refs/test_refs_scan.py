"""What is found in a text, where it ends, and where it stands."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet
from timing import assert_grows_gently

from codex_action.refs import comments, scan
from codex_action.refs.paths import MAX_PATH
from codex_action.refs.scan import find_references


def case(id_: str, *values: object) -> ParameterSet:
    return pytest.param(*values, id=id_)


def found(text: str, **options: bool) -> list[tuple[str, str]]:
    return [
        (find.kind, find.raw) for find in find_references(text.encode("utf-8", "surrogateescape"), **options)
    ]


URI = "codex://o/p/a.md"


@pytest.mark.parametrize(
    "text",
    [
        "{}", "{}.", "{},", "{};", "{}:", "{}!", "{}?", "{}...", "{}?!", "({})", "({}).", "[{}]", "[x]({})",
        "[x]({}).", '"{}"', "'{}'", "`{}`", "``{}``", "<{}>", "|{}|", "| {} |",
        "*{}*", "**{}**", "_{}_", "__{}__", "~~{}~~", "***{}***.", "{}\u3002", "{}\uff0c\u7136\u540e",
        "\u300c{}\u300d", "\uff08{}\uff09", "\u3010{}\u3011", "\u201c{}\u201d", "\u2018{}\u2019",
        "\u00ab{}\u00bb", "{}\u2026", "{}\u3001", "{}\u200b", "{}\u00a0x", "{}\u3000x", "{}\ufeff", "{}\tx",
        "{}\r\n", "\u6587{}", "{}\0x", "{}\x7fx", '{{"a": "{}\\nb"}}', "'{}\\'", "a={}", "a:{}", "({}]",
        "{})b",
        "{}]b", "{}}}", "{}>b", "x ({}) y", "/{}", ".{}", "#{}", "@{}", '{}"b', "{},b", "[{}](x)", "[{}",
        "{}[^1] here", "{}[^a-b].", "{}^2^", "*{}*(note)", "**{}**-based", "***{}***-based", "~~{}~~/x", "**{}**/x",
        "**{}**(see **b**)",
        "{}&quot;", "{}&gt; x", "{}&nbsp;y", "{}&#39;.", "{}&#x22;>", "{}(", "{}{{", "{}\u2014then", "{}\u2014 then",
    ],
)  # fmt: skip
def test_a_uri_ends_where_a_reader_sees_it_end(text: str) -> None:
    assert (scan.URI, URI) in found(text.format(URI))
    assert len(found(text.format(URI))) == 1


@pytest.mark.parametrize(
    "uri",
    [
        "codex://o/p", "codex://o/p@v1", "codex://o/p@v1/a.md#b", "codex://o/p/a_(b).md",
        "codex://o/p/[id]/a.tsx", "codex://o/p/a%20b.md", "codex://o/p/a\\d", "codex://o/p/../a",
        "codex://o/p/a?b=c", "codex://o",
        "codex://-/x", "codex://o/p/\u6587\u6863.md", "codex://o/p/a..b", "codex://o/p/a:b",
        "codex://o/p/a//b/", "codex://o/p/a.b-c_d~e", "codex://news/a/b", "codex://settings-app/a/b",
        "codex://new/a/b", "codex://o/p/$1",
        "codex://o/p/100%", "codex://o/p/R&amp;D.md", "codex://o/p/a&gt", "codex://o/p/a&b.md",
        "codex://o/p/%se/a",
    ],
)  # fmt: skip
def test_a_uri_is_found_as_it_is_written_good_or_bad(uri: str) -> None:
    assert found(f"see {uri} there") == [(scan.URI, uri)]


@pytest.mark.parametrize(
    ("text", "kind", "raw", "written"),
    [
        case("uri", r'"codex://o/p/caf\u00e9.md"', scan.URI, "codex://o/p/caf\u00e9.md", r"codex://o/p/caf\u00E9.md"),
        case("pair", r'"codex://o/p/\uD83D\ude80.md"', scan.URI, "codex://o/p/\U0001f680.md", r"codex://o/p/\uD83D\ude80.md"),
        case("ampersand", r'"codex://o/p/R\u0026D.md"', scan.URI, "codex://o/p/R&D.md", r"codex://o/p/R\u0026D.md"),
        case("dash-behind", r'"codex://o/p/\u00e9.md\u2014x"', scan.URI, "codex://o/p/\u00e9.md", r"codex://o/p/\u00e9.md"),
        case("quote-behind", r'"codex://o/p/a\u0022b"', scan.URI, "codex://o/p/a", "codex://o/p/a"),
        case("half-a-pair", r'"codex://o/p/a\ud83d.md"', scan.URI, "codex://o/p/a", "codex://o/p/a"),
        case("no-escape", r'"codex://o/p/a\u12"', scan.URI, "codex://o/p/a", "codex://o/p/a"),
        case("path", r'"@codex/p/\u6587.md"', scan.PATH, "@codex/p/\u6587.md", r"@codex/p/\u6587.md"),
        case("tag", r'"@codex: d/\u6587.md"', scan.TAG, "@codex: d/\u6587.md", r"@codex: d/\u6587.md"),
        case("bracket", r'"[codex:d/\u6587.md]"', scan.BRACKET, "[codex:d/\u6587.md]", r"[codex:d/\u6587.md]"),
    ],
)  # fmt: skip
def test_an_escaped_character_is_part_of_a_reference(text: str, kind: str, raw: str, written: str) -> None:
    (find,) = find_references(text.encode())
    assert (find.kind, find.raw) == (kind, raw)
    assert text[find.start : find.end].lower() == written.lower()


@pytest.mark.parametrize(
    "text",
    [
        "xcodex://o/p/a",
        "1codex://o/p/a",
        "-codex://o/p/a",
        "+codex://o/p/a",
        "Codex://o/p/a",
        "codex:/o/p/a",
        "codex//o",
        "codex",
        "",
        "mycodex",
    ],
)
def test_no_uri(text: str) -> None:
    assert found(text) == []


def test_two_uris_run_together_are_two() -> None:
    assert found("codex://o/p/acodex://o/p/b") == [(scan.URI, "codex://o/p/a")]
    assert found("codex://o/p/a;codex://o/p/b") == [(scan.URI, "codex://o/p/a"), (scan.URI, "codex://o/p/b")]


@pytest.mark.parametrize(
    "text",
    [
        "codex://{org}/{project}/{path}", "codex://${ORG}/p/a", "codex://$ORG/p/a", "codex://$(org)/p/a",
        "codex://<org>/<project>/a.md", "codex://o/p/<version>.md", "codex://o/p@<tag>/a",
        "codex://o/<my project>/a",
        "codex://o/p/**", "codex://o/*/a.md", "codex://%s/p/a", "codex://%v/p", "codex://o/p/...",
        "codex://o/.../a", "codex://o/\u2026/a", "codex://o/p/\u2026", "codex://", "codex://[org]/p",
        "codex://(?:a)", "codex://^a$", "codex://[^/]+/[^/]+/a.md", "codex://o/p/a[^b]+/c", "codex://o/p/[^/]*", "codex://...",
        "@codex/{project}/a.md", "@codex/<project>/a.md", "@codex:{path}.md", "[codex:{path}]",
        "{{codex:*.md}}", "$ref:{org}/a", "$ref:$X/a", "$ref:<org>/a",
    ],
)  # fmt: skip
def test_a_placeholder_is_counted_as_one(text: str) -> None:
    assert [kind for kind, _ in found(f"use {text} here")] == [scan.PLACEHOLDER]


@pytest.mark.parametrize(
    "text",
    [
        "codex://threads/123",
        "codex://threads",
        "codex://settings",
        "codex://settings/a",
        "codex://settings?x=1",
        "codex://new?prompt=a",
        "codex://new",
    ],
)
def test_another_programs_link_is_foreign(text: str) -> None:
    assert found(f"[x]({text})") == [(scan.FOREIGN, text)]


LEGACY = [
    case("path", "See @codex/p/docs/a.md.", scan.PATH, "@codex/p/docs/a.md"),
    case("path-in-link", "[a](@codex/p/a.md)", scan.PATH, "@codex/p/a.md"),
    case("path-in-emphasis", "**@codex/p/a.md**", scan.PATH, "@codex/p/a.md"),
    case("path-in-quotes", '"@codex/p/a.md"', scan.PATH, "@codex/p/a.md"),
    case("path-after-colon", "see:@codex/p/a", scan.PATH, "@codex/p/a"),
    case("path-after-cjk", "\u89c1@codex/p/a\u3002", scan.PATH, "@codex/p/a"),
    case("path-first", "@codex/p/a", scan.PATH, "@codex/p/a"),
    case("path-after-url", "https://x.org, @codex/p/a", scan.PATH, "@codex/p/a"),
    case("path-after-url-in-brackets", "(https://x.org)@codex/p/a", scan.PATH, "@codex/p/a"),
    case("path-after-url-and-cjk-stop", "https://x.org\u3002@codex/p/a", scan.PATH, "@codex/p/a"),
    case("ref", "a: $ref:docs/a.md", scan.REF, "$ref:docs/a.md"),
    case("ref-in-quotes", '"$ref:o/p/a.md"', scan.REF, "$ref:o/p/a.md"),
    case("ref-in-emphasis", "*$ref:docs/a.md*", scan.REF, "$ref:docs/a.md"),
    case("ref-dot", "$ref:./a.md,", scan.REF, "$ref:./a.md"),
    case("tag", "See @codex:docs/a.md, then", scan.TAG, "@codex:docs/a.md"),
    case("tag-blank", "@codex: docs/a.md", scan.TAG, "@codex: docs/a.md"),
    case("tag-blank-file", "@codex:\tREADME.md", scan.TAG, "@codex:\tREADME.md"),
    case("tag-file", "@codex:README.md", scan.TAG, "@codex:README.md"),
    case("tag-folder", "@codex:docs/README", scan.TAG, "@codex:docs/README"),
    case("tag-in-emphasis", "**@codex:docs/a.md**", scan.TAG, "@codex:docs/a.md"),
    case("tag-struck", "~~@codex:docs/a.md~~", scan.TAG, "@codex:docs/a.md"),
    case("tag-in-bracket", "(@codex:docs/a.md)", scan.TAG, "@codex:docs/a.md"),
    case("bracket", "See [codex:docs/a.md].", scan.BRACKET, "[codex:docs/a.md]"),
    case("bracket-blanks", "[codex: docs/a.md\t]", scan.BRACKET, "[codex: docs/a.md\t]"),
    case("bracket-in-brackets", "[[codex:a.md]]", scan.BRACKET, "[codex:a.md]"),
    case("bracket-folder", "[codex:docs/a]", scan.BRACKET, "[codex:docs/a]"),
    case("mustache", "{{codex:docs/a.md}}", scan.MUSTACHE, "{{codex:docs/a.md}}"),
    case("mustache-in-three", "{{{codex:a}}}", scan.MUSTACHE, "{{codex:a}}"),
    case("mustache-blanks", "{{codex: a }}", scan.MUSTACHE, "{{codex: a }}"),
]


@pytest.mark.parametrize(("text", "kind", "raw"), LEGACY)
def test_a_legacy_reference(text: str, kind: str, raw: str) -> None:
    assert found(text) == [(kind, raw)]


@pytest.mark.parametrize(
    "text",
    [
        case("address", "me@codex/p/a"), case("address-tag", "me@codex:p/a.md"),
        case("address-dot", "me.@codex/p/a"), case("address-host", "me@codex.org"),
        case("url", "https://x.org/@codex/p/a"), case("url-query", "https://x.org/?a=@codex/p/a"),
        case("url-tag", "https://x.org:@codex:p/a"), case("url-bracket", "https://x.org/?q=[codex:a.md]"),
        case("url-mustache", "https://x.org/{{codex:a.md}}"), case("url-ref", "https://x.org/?$ref:a/b"),
        case("uri", "xcodex://o/p/:@codex/p/a"),
        case("folder", "node_modules/@codex/sdk/a.js"), case("folder-up", "../@codex/sdk/a"),
        case("folder-windows", "a\\@codex/sdk/a"), case("scoped-twice", "@@codex/p/a"),
        case("import", "import x from '@codex/sdk/a'"), case("import-alone", 'import "@codex/sdk/a"'),
        case("require", "require('@codex/sdk/a')"), case("import-call", "await import(`@codex/sdk/a`)"),
        case("resolve", "require.resolve('@codex/sdk/a')"), case("css", "url(@codex/sdk/a.css)"),
        case("npm-alias", '"a": "npm:@codex/sdk/a"'), case("workspace", "workspace:@codex/sdk/a"),
        case("npm-registry", "@codex:registry=https://npm.pkg.github.com"),
        case("npm-registry-set", "npm config set @codex:registry=http://localhost:4873/x"),
        case("npm-token", "--@codex:always-auth=https://x.org/a"), case("project-alone", "@codex/p"), case("project-slash", "@codex/p/"),
        case("no-project", "@codex//a"), case("scope", "@codex/"), case("not-at", "#codex/p/a"),
        case("plain-path", "codex/p/a.md"), case("first-slash", "codex/a"),
        case("talk", "@codex: please look"), case("talk-end", "@codex: yes."), case("talk-alone", "@codex:"),
        case("talk-newline", "@codex:\n docs/a.md"), case("talk-tight", "@codex:review when done"),
        case("talk-word", "@codex:README"), case("label", "[codex:wip]"), case("label-letter", "[codex:a]"),
        case("label-in-brackets", "[[codex:a]]"), case("label-twice", "[codex:a][codex:b]"), case("other-colon", "the codex: docs/a.md"),
        case("colon-first", "codex:a"),
        case("link-text", "[codex:x](https://x.org)"), case("link-reference", "[codex:x][y]"),
        case("link-definition", "[codex:x]: https://x.org"), case("bracket-open", "[codex:a"),
        case("bracket-words", "[codex:a b]"), case("bracket-empty", "[codex:]"),
        case("bracket-in-word", "word[codex:a.md]"), case("mustache-open", "{{codex:a"),
        case("mustache-one-brace", "{{codex:a}"), case("mustache-blank-first", "{{ codex:a }}"),
        case("mustache-empty", "{{codex:}}"),
        case("yaml-ref", "$ref: '#/components/schemas/A'"), case("yaml-ref-bare", "$ref: a/b.yaml"),
        case("json-ref", '"$ref": "#/definitions/a"'), case("ref-anchor", "$ref:#/a"),
        case("ref-quote", "$ref:'a/b'"), case("ref-in-word", "my$ref:a/b"), case("ref-empty", "$ref:"),
        case("ref-dots", "$ref:."), case("case", "@Codex:a.md @CODEX/p/a [Codex:a] {{Codex:a}} $REF:a"),
    ],
)  # fmt: skip
def test_no_legacy_reference(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text", [f"@codex:{URI}", f"@codex: {URI}", f"[codex:{URI}]", f"{{{{codex:{URI}}}}}", f"$ref:{URI}"]
)
def test_a_uri_in_a_legacy_form_is_a_uri(text: str) -> None:
    assert found(text) == [(scan.URI, URI)]


def test_a_file_of_packages_has_no_path_form() -> None:
    text = '"@codex/sdk/a": "1", "see": "codex://o/p/a"'
    assert found(text, npm=True) == [(scan.URI, "codex://o/p/a")]
    assert found("{\n  '@codex/sdk/a': '1'\n}") == [(scan.PATH, "@codex/sdk/a")]


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_in_a_script_a_quote_opens_a_package(quote: str) -> None:
    text = f"load({quote}@codex/sdk/a{quote}) // see @codex/p/a.md"
    assert found(text, scripts=True) == [(scan.PATH, "@codex/p/a.md")]
    assert found(text) == [(scan.PATH, "@codex/sdk/a"), (scan.PATH, "@codex/p/a.md")]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param('//   - "@codex/p/a.md"', 1, id="line-comment"),
        pytest.param('/**\n * as in "@codex/p/a.md"\n */', 1, id="block-comment"),
        pytest.param('/// <reference types="@codex/sdk/foo" />', 0, id="directive-of-typescript"),
        pytest.param('x = 1; y = "@codex/sdk/foo"', 0, id="code"),
        pytest.param("// as in `@codex/p/a.md` above", 1, id="backticks-in-a-comment"),
    ],
)
def test_what_a_comment_of_a_script_quotes_is_a_reference(text: str, count: int) -> None:
    assert len(found(text, scripts=True)) == count


def test_the_ref_form_counts_only_where_it_is_asked_for() -> None:
    assert found("$ref:a/b.md") == [(scan.REF, "$ref:a/b.md")]
    assert found("$ref:a/b.md codex://o/p/a", ref_prefix=False) == [(scan.URI, "codex://o/p/a")]


def test_what_starts_inside_another_find_is_part_of_it() -> None:
    assert found("codex://o/p/:[codex:a]") == [(scan.URI, "codex://o/p/:[codex:a]")]
    assert found("@codex:a/$ref:b/c.md") == [(scan.PLACEHOLDER, "@codex:a/$ref:b/c.md")]
    assert found("codex://o/p/:$ref:a/b") == [(scan.PLACEHOLDER, "codex://o/p/:$ref:a/b")]


def test_a_scheme_far_before_does_not_count() -> None:
    assert found("https://" + "a" * 3000 + ":@codex/p/a") == [(scan.PATH, "@codex/p/a")]


def test_relative_links_are_found_on_request() -> None:
    text = "`[x](./x.md)` ``[x](../x.md) ` `` [a](./a.md) [b](<../b.md>) [c](c.md)\n[d]: ../d.md\n  [e]: <./e> codex://o/p/a\n"
    links = [(scan.LINK, "./a.md"), (scan.LINK, "../b.md"), (scan.LINK, "../d.md"), (scan.LINK, "./e")]
    assert found(text, links=True) == [*links, (scan.URI, "codex://o/p/a")]
    assert found(text) == [(scan.URI, "codex://o/p/a")]


@pytest.mark.parametrize(
    ("data", "places"),
    [
        case("first", b"codex://o/p/a", [(1, 1, 14, 0, 13)]),
        case("line-ends", b"a\r\nb\n codex://o/p/a", [(3, 2, 15, 6, 19)]),
        case("bom", b"\xef\xbb\xbfcodex://o/p/a", [(1, 1, 14, 3, 16)]),
        case(
            "characters",
            "\u6587\U0001f680codex://o/p/\u6587 @codex/p/a".encode(),
            [(1, 3, 16, 7, 22), (1, 17, 27, 23, 33)],
        ),
        case("not-utf-8", b"\xff\xfe codex://o/p/a", [(1, 4, 17, 3, 16)]),
        case("bytes-inside", b"codex://o/p/\xff!", [(1, 1, 14, 0, 13)]),
    ],
)
def test_places(data: bytes, places: list[tuple[int, ...]]) -> None:
    finds = find_references(data)
    assert [(find.line, find.column, find.end_column, find.start, find.end) for find in finds] == places


# --- directives -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "raw", "comment"),
    [
        case("html", "a <!-- codex-ignore --> b", "codex-ignore", "<!-- codex-ignore -->"),
        case(
            "html-rule", "<!-- codex-ignore-next-line CODEX001 -->", "codex-ignore-next-line CODEX001", None
        ),
        case(
            "html-rules", "<!--codex-ignore: CODEX001, CODEX020-->", "codex-ignore: CODEX001, CODEX020", None
        ),
        case("hash", "a: b  # codex-ignore\nc", "codex-ignore", "# codex-ignore"),
        case("hashes", "## codex-ignore-start", "codex-ignore-start", None),
        case("slashes", "x(); // codex-ignore-end", "codex-ignore-end", "// codex-ignore-end"),
        case("block", "/* codex-ignore */", "codex-ignore", None),
        case("doc-block", "/** codex-ignore */", "codex-ignore", None),
        case("braces", "{/* codex-ignore */}", "codex-ignore", None),
        case("sql", "-- codex-ignore", "codex-ignore", None),
        case("lisp", ";; codex-ignore", "codex-ignore", None),
        case("tex", "% codex-ignore", "codex-ignore", None),
        case("rem", "REM codex-ignore", "codex-ignore", None),
        case("html-tight", "<!--codex-ignore-->", "codex-ignore", None),
        case("lua", "--[[ codex-ignore ]]", "codex-ignore", None),
        case("haskell", "{- codex-ignore -}", "codex-ignore", None),
        case("rst", ".. codex-ignore", "codex-ignore", None),
        case("bat", ":: codex-ignore", "codex-ignore", None),
        case("hash-tight", "x #codex-ignore", "codex-ignore", "#codex-ignore"),
        case("bom", "\ufeff# codex-ignore\n", "codex-ignore", "# codex-ignore"),
        case("link", "[//]: # (codex-ignore)", "codex-ignore", None),
        case("link-quotes", '[//]: # "codex-ignore-end"', "codex-ignore-end", None),
        case("long-line", "x" * 300 + " # codex-ignore", "codex-ignore", "# codex-ignore"),
    ],
)
def test_a_directive_alone_in_its_comment_is_the_whole_comment(
    text: str, raw: str, comment: str | None
) -> None:
    (find,) = find_references(text.encode())
    assert (find.kind, find.raw) == (scan.DIRECTIVE, raw)
    assert text.encode()[find.start : find.end].decode() == (comment or text)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        case("html-words", "<!-- codex-ignore because -->", "codex-ignore"),
        case("html-open", "<!-- codex-ignore\n-->", "codex-ignore"),
        case("hash-words", "# codex-ignore as it is", "codex-ignore"),
        case("link-words", "[//]: # (codex-ignore x)", "codex-ignore"),
        case("block-words", "/* codex-ignore: why */", "codex-ignore"),
        case("starred-line", "/**\n * codex-ignore\n */", "codex-ignore"),
        case("jinja", "{# codex-ignore #}", "codex-ignore"),
        case("pascal", "(* codex-ignore *)", "codex-ignore"),
    ],
)
def test_a_directive_among_words_is_fixed(text: str, raw: str) -> None:
    (find,) = find_references(text.encode())
    assert (find.kind, find.raw) == (scan.FIXED_DIRECTIVE, raw)
    assert text[find.start : find.end] == raw


@pytest.mark.parametrize(
    "text",
    [
        "codex-ignore",
        "see codex-ignore",
        "# see codex-ignore",
        "<!-- codex-ignored -->",
        "# codex-ignore-nextline",
        "# codex-ignores",
        "# codex-other",
        '"codex-ignore"',
        "* x codex-ignore",
        "MARK = 'codex-ignore-start'",
        "' codex-ignore",
        "mytool run --codex-ignore",
        "--codex-ignore",
        "..codex-ignore",
        "::codex-ignore",
        "std::codex-ignore",
        "REMcodex-ignore",
        "HAREM codex-ignore",
        "a/b# codex-ignore",
        "a// codex-ignore",
        "x;codex-ignore",
        "5% codex-ignore",
        '"http://codex-ignore-start/x"',
        "https://x.org/#codex-ignore",
        "#codex-ignore {",
        "a {}\n#codex-ignore{ color: red }",
    ],
)
def test_a_word_is_no_directive(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        case("html", "<!-- codex-ignore -->", [scan.DIRECTIVE]),
        case("braces", "{/* codex-ignore */}", [scan.DIRECTIVE]),
        case("link", "[//]: # (codex-ignore)", [scan.DIRECTIVE]),
        case("html-words", "<!-- codex-ignore x -->", [scan.FIXED_DIRECTIVE]),
        case("heading", "# codex-ignore", []),
        case("list", "* codex-ignore", []),
        case("hash-after-text", "a # codex-ignore", []),
        case("inline-code", "`<!-- codex-ignore -->`", []),
        case("inline-code-words", "Write `a.md <!-- codex-ignore -->` there.", []),
        case("inline-code-blank", "use ` <!-- codex-ignore -->`.", []),
        case("inline-code-two", "``x` <!-- codex-ignore x -->``", []),
        case("between-inline-code", "`a` <!-- codex-ignore --> `b`", [scan.DIRECTIVE]),
        case("inline-code-of-another-line", "`\n<!-- codex-ignore -->\n`", [scan.DIRECTIVE]),
        case("long-line", "`" * 3 + "x" * 2000 + " <!-- codex-ignore --> " + "x" * 2000, [scan.DIRECTIVE]),
        case("front-matter", "---\nref: x # codex-ignore\n---\n", [scan.DIRECTIVE]),
        case("front-matter-bom", "\ufeff---\n# codex-ignore\n---\n", [scan.DIRECTIVE]),
        case("front-matter-star", "---\na: |\n  * codex-ignore\n---\n* codex-ignore", [scan.FIXED_DIRECTIVE]),
        case("after-front-matter", "---\nref: x\n---\n# codex-ignore\n", []),
        case("rule-in-the-text", "a\n\n---\n# codex-ignore\n---\n", []),
    ],
)
def test_in_markdown_only_its_own_comments_silence(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in found(text, markdown=True)] == kinds


# --- speed must not change an answer --------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["", " ", "_", "*", "(", "["])
@pytest.mark.parametrize(
    "tail",
    [
        "",
        " ",
        ".",
        ")",
        ").",
        "_",
        "*",
        '"',
        ">",
        "|",
        ",",
        "\\n",
        "#b",
        "@v",
        "\u3002",
        "\n",
        "]",
        ")b",
        "\r",
        "\x0b",
        "\x1c",
    ],
)
@pytest.mark.parametrize(
    "uri",
    [
        URI,
        "codex://o/p",
        "codex://o/p/a-",
        "codex://new/p/a",
        "codex://new-x/p/a",
        "codex://threads/a/b",
        "codex://-/p/a",
        "codex://o/a..b/c",
        "codex://o/p/.a/b",
        "codex://o/p/a..b",
    ],
)
def test_the_short_way_to_a_uri_says_what_the_long_way_says(before: str, uri: str, tail: str) -> None:
    data = f"{before}{uri}{tail}".encode()
    slowly = scan._token_hit(data, len(before), scan.URI)  # noqa: SLF001  (the long way)
    assert scan._uri_hit(data, len(before)) == slowly  # noqa: SLF001


@pytest.mark.parametrize(
    "mark", ["{{codex:", "[codex:", "@codex:", "@codex/", "codex://", "$ref:", "codex-ignore"]
)
def test_marks_without_an_end_take_time_by_their_number(mark: str) -> None:
    assert_grows_gently(lambda size: find_references(mark.encode() * size), 1000)


def test_front_matter_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def counted(data: bytes) -> int:
        asked.append(data)
        return 0

    monkeypatch.setattr(comments, "body_start", counted)
    find_references(b"---\n" + b"# codex-ignore\n" * 9, markdown=True)
    assert len(asked) == 1


@pytest.mark.parametrize("before", ["", "@codex:", "{{codex:", "[codex:"])
def test_the_longest_path_is_read_whole(before: str) -> None:
    path = "/".join(["\u6587" * 99] * 10)
    assert len(path) == MAX_PATH - 1
    after = {"{{codex:": "}}", "[codex:": "]"}.get(before, "")
    text = f"{before}{'umbrella/other/' if before else 'codex://umbrella/other/'}{path}{after} and so on"
    (found,) = find_references(text.encode())
    assert found.raw == text.removesuffix(" and so on")
