// docs/comment.png: a recorded comment as GitHub shows it, by a real browser. By hand, when the comment looks different:
//
//   apt-get install chromium fonts-noto-color-emoji
//   npm install --prefix FOLDER marked@15 marked-alert@2 github-markdown-css@5 playwright-core@1
//   node docs/comment/picture.mjs FOLDER tests/cases/comment/planned.example.md docs/comment.png
//
// Look at the picture before it is committed, and at planned.conflicts.md, which is long.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, source, target] = process.argv.slice(2);
const { resolve: find } = createRequire(resolve(folder, "package.json"));
const load = async (name) => {
  const module = await import(pathToFileURL(find(name)));
  return module.default ?? module;
};
const { marked } = await load("marked");
const alerts = await load("marked-alert");
const { chromium } = await load("playwright-core");

marked.use(alerts());
const css = readFileSync(find("github-markdown-css/github-markdown-light.css"), "utf8");
const frame = `
  body { margin: 24px; background: #fff; }
  section { width: 860px; border: 1px solid #d1d9e0; border-radius: 6px; }
  header { padding: 8px 16px; font: 14px/21px -apple-system, "Liberation Sans", sans-serif; color: #59636e;
           background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; }
  header b { color: #1f2328; }
  header i { margin-left: 4px; padding: 0 7px; font-size: 12px; font-style: normal; border: 1px solid #d1d9e0; border-radius: 2em; }
  article { padding: 16px; }`;
const article = `<article class="markdown-body">${marked.parse(readFileSync(source, "utf8"), { gfm: true })}</article>`;
const page = `<!doctype html><meta charset="utf-8"><style>${css}${frame}</style>
  <section><header><b>github-actions</b><i>bot</i> commented</header>${article}</section>`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const tab = await browser.newPage({ viewport: { width: 910, height: 600 }, deviceScaleFactor: 1.5 });
await tab.setContent(page);
await tab.locator("section").screenshot({ path: target });
await browser.close();
