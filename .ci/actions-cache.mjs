// Saves or restores a folder as the actions of actions/cache do, with their own client; prints the key, or null.
// usage: node .ci/actions-cache.mjs save|restore FOLDER KEY [PREFIX...]
//        with CACHE_CLIENT_FOLDER = where the package `@actions/cache` was installed, and a runner's environment
import {join} from "node:path";
import {pathToFileURL} from "node:url";

const client = join(process.env.CACHE_CLIENT_FOLDER, "node_modules/@actions/cache/lib/cache.js");
const cache = await import(pathToFileURL(client));
const [what, folder, key, ...prefixes] = process.argv.slice(2);
process.chdir(process.env.GITHUB_WORKSPACE);
const found =
  what === "save"
    ? (await cache.saveCache([folder], key)) === -1 ? null : key
    : ((await cache.restoreCache([folder], key, prefixes)) ?? null);
console.log(`\n${JSON.stringify(found)}`);
