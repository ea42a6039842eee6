// Builds static/js from static/src/js: each script there becomes one file with all that it imports, so that a page asks
// for few files. With --check: fails when static/js is not what the sources build.
// With --watch: builds again at each change, until its standard input ends.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const SOURCES = path.join(ROOT, "static", "src", "js");
const check = process.argv.includes("--check");

const options = {
  absWorkingDir: ROOT,
  entryPoints: fs
    .readdirSync(SOURCES)
    .filter((name) => name.endsWith(".js"))
    .sort()
    .map((name) => path.join(SOURCES, name)),
  outdir: path.join(ROOT, "static", "js"),
  bundle: true,
  charset: "utf8",
  format: "iife", // loaded with `defer`: in the order of the page, after its content
  target: "es2022",
};

if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
  process.stdin.on("end", () => process.exit()).resume();
  await new Promise(() => {});
}

const { outputFiles } = await build({ ...options, write: false });

for (const { path: file, text } of outputFiles) {
  if (!check) fs.writeFileSync(file, text);
  else if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== text) {
    console.error(`${path.relative(ROOT, file)} is not what the sources build: npm run js`);
    process.exitCode = 1;
  }
}
