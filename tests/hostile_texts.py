"""Two hundred texts that somebody could call a file, a branch or a project, to get something out of a comment or a log."""

from __future__ import annotations

_MENTIONS = [
    "@team", "@org/team", "@octocat.md", "(@octocat)", "a @b c", "@@octocat", "\\@octocat", "`@octocat`", "&#64;octocat", "&commat;octocat", "@\u200boctocat", "@octocat@octocat",
    "user@example.com", "mailto:user@example.com", "<user@example.com>", "#1", "#12 umbrella/x#12", "umbrella/x#12", "GH-12", "gh-12", "see GH-1, GH-2", "umbrella/x@0123456789abcdef0123456789abcdef01234567",
    "0123456789abcdef0123456789abcdef01234567", "0123abc", "deadbeef", "DEADBEEF", "x@0123abc", "(0123abc)", "a0123abcd", "0123abcdef0123", "[[wiki]]", "@dependabot rebase", "/close", "closes #1", "Fixes GH-1",
]  # fmt: skip
_LINKS = [
    "http://example.com", "https://example.com/a?b=c#d", "www.example.com", "WWW.EXAMPLE.COM", "http://www.example.com", "ftp://example.com", "xmpp:a@b.c", "//example.com", "example.com", "[x](http://x)", "[x](//x)",
    "[x](javascript:alert(1))", "[x][y]", "[y]: http://x", "[x]", "[x]: http://x 'y'", "[^1]", "[^1]: note", "<http://x>", "<https://x.y/z>", "<javascript:alert(1)>", "![](http://x)", "![x][y]", "![x](data:image/png;base64,AA)", "[![x](y)](z)",
    "](http://x)", ")[x](http://x)", "[x](<http://x>)", "[x]\\(http://x)", "\\[x](http://x)", "[x] (http://x)", "a](b", "[a](b 'c')", "[]()", "[ ] todo", "[x] done", "http\u200b://x", "hTTp://x", "https://x\u202e", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vscode://x", "codex://umbrella/handbook/a.md",
]  # fmt: skip
_HTML = [
    "<script>alert(1)</script>", "<img src=http://x>", "<img src=x onerror=alert(1)>", "<a href=http://x>x</a>", "</details>", "</summary>", "<details>", "<details open><summary>x</summary>", "</code>", "</code></td></table>", "<table><tr><td>", "<!-- x", "-->", "<!-- codex-action end -->",
    "<!-- codex-action plan -->", "<!-- codex-action {} -->", '<!-- codex-action {"v":1} -->', "--!>", "<![CDATA[x]]>", "<?php x ?>", "<!DOCTYPE html>", "<style>*{display:none}</style>", "<iframe src=//x>", "<svg onload=alert(1)>", "<br>", "<hr/>", "<b>x", "</b>", "<sub>", "</sub>", "<picture><source srcset=x>", "<video src=x>",
    "&lt;b&gt;", "&#60;b&#62;", "&amp;lt;", "&", "&#0;", "&#x3c;b&#x3e;", "&NewLine;# x", "&#10;# x", '" onclick="x', "' onclick='x", "><img src=x>", '"><b>', "<", ">", "<x:y>", "<a\nhref=x>", "<math><mi>x", "<form action=x>",
]  # fmt: skip
_BLOCKS = [
    "# heading", "## heading", "\n# heading", "heading\n===", "heading\n---", "===", "---", "***", "___", "-", "=", "- list", "* list", "+ list", "1. list", "1) list", "\n- list\n\n    code", "> quote", ">", "> [!WARNING]", "[!NOTE]", "    code", "\tcode", "```", "~~~", "````", "```\n@team\n```",
    "`", "``", "`a", "a`b``c```d", "\\`x\\`", "|", "a | b | c", "|---|---|", "||", "\\|", "\n|a|b|\n|-|-|\n", "a\n\nb", "\n", "\r", "\r\n", "\u2028", "\x85", "\x0b", "\x0c", "  \n", "\\", "\\\n", "a\\", "**bold**", "__bold__", "*x*", "_x_", "~~x~~", "~x~", "==x==", "$x^2$", "$$x$$", "$`x`$", ":tada:", ":+1:", "^x^",
]  # fmt: skip
_OTHERS = [
    "::error::x", "::add-mask::x", "##[error]x", "%0A::error::x", "${{ secrets.X }}", "$(id)", "`id`", "\x1b[31mred\x1b[0m", "\x1b]8;;http://x\x07link", "\x9b31m", "\x00", "\u202egnp.exe", "\u2066\u200f", "\udcff", "\ud83d", "\ufeff", "\u200d", "e\u0301", "ﷺ" * 20, "😀" * 50, "a" * 500, "`" * 200, "|" * 200, "\u202e" * 200, "<" * 200, "../" * 60, "--upload-pack=x", "-rf", "", " ", "  a  ", ".", "..", "CON", "{}", "null",
]  # fmt: skip
TEXTS = [*_MENTIONS, *_LINKS, *_HTML, *_BLOCKS, *_OTHERS]
# What a runner's log could obey.
COMMANDS = [
    "::error::x",
    " \t::error file=a::x",
    "\u00a0::error::x",
    "\n::error::x",
    "\r::error::x",
    "\r\n::add-mask::x",
    "\u2028::error::x",
    "\x85::error::x",
    "\x0b::error::x",
    "::set-output name=a::b",
    "::stop-commands::x",
    "::save-state name=a::b",
    "##[error]x",
    "##[add-mask]x",
    "see ##[group]x",
    "###[error]x",
    "##\u202e[error]x",
    "%0A::error::x",
    "%25%0A",
]
