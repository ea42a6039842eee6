// Copies the third-party browser files from node_modules to static/vendor, with a manifest and the licences.
//   node tools/vendor.mjs           write
//   node tools/vendor.mjs --check   fail when what is committed differs
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { buildSprite } from "./build_icons.mjs";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const MODULES = path.join(ROOT, "node_modules");
const OUT = path.join(ROOT, "static", "vendor");
const CHECK = process.argv.includes("--check");

const FILES = [
  ["htmx.org", "dist/htmx.min.js", "htmx.js"],
  ["sortablejs", "Sortable.min.js", "sortable.js"],
  [
    "@fontsource-variable/inter",
    "files/inter-latin-wght-normal.woff2",
    "fonts/inter-latin-wght-normal.woff2",
  ],
  [
    "@fontsource-variable/inter",
    "files/inter-latin-ext-wght-normal.woff2",
    "fonts/inter-latin-ext-wght-normal.woff2",
  ],
  ["@tabler/icons", null, "icons.svg"],
];

/** The committed form of a file: the sprite is built, scripts lose the pointer to a map we don't ship. */
function contentOf(name, source) {
  if (source === null) return Buffer.from(buildSprite());
  const content = fs.readFileSync(path.join(MODULES, name, source));
  if (!source.endsWith(".js")) return content;
  const text = content.toString("utf8").replace(/\n?\/[/*][#@] sourceMappingURL=[^\n*]*(\*\/)?\s*$/, "");
  return Buffer.from(`${text.trimEnd()}\n`);
}

function licenceOf(name) {
  const folder = path.join(MODULES, name);
  const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} ships no licence text`);
  return fs.readFileSync(path.join(folder, file), "utf8").trim();
}

function build() {
  const files = new Map();
  const manifest = {};
  const licences = new Map();
  for (const [name, source, target] of FILES) {
    const { version, license } = JSON.parse(
      fs.readFileSync(path.join(MODULES, name, "package.json"), "utf8"),
    );
    const content = contentOf(name, source);
    const sha256 = crypto.createHash("sha256").update(content).digest("hex");
    files.set(target, content);
    manifest[target] = { package: name, version, license, sha256 };
    licences.set(name, `== ${name} ${version} (${license})\n\n${licenceOf(name)}\n`);
  }
  files.set("MANIFEST.json", Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  files.set("LICENSES.txt", Buffer.from([...licences.values()].join("\n")));
  return files;
}

/** Paths below `folder`, relative to it. */
function listed(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)));
}

const files = build();
if (CHECK) {
  const differing = [...files].filter(([name, content]) => {
    const file = path.join(OUT, name);
    return !fs.existsSync(file) || !fs.readFileSync(file).equals(content);
  });
  const unknown = listed(OUT).filter((name) => !files.has(name));
  for (const [name] of differing) console.error(`static/vendor/${name} differs from the package`);
  for (const name of unknown) console.error(`static/vendor/${name} is in no package`);
  if (differing.length || unknown.length) process.exit(1);
  console.log(`static/vendor: ${files.size} files in step`);
} else {
  fs.rmSync(OUT, { recursive: true, force: true });
  for (const [name, content] of files) {
    const file = path.join(OUT, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
  console.log(`static/vendor: ${files.size} files written`);
}
