// Fails when static/css/app.css is not what the sources build, or a page names an icon the sprite lacks.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { iconNames } from "./build_icons.mjs";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const COMMITTED = path.join(ROOT, "static", "css", "app.css");
const IGNORED = new Set([".git", ".venv", ".data", "node_modules", "static", "staticfiles", "tests", "e2e"]);

/** Files below `folder` that may name an icon. */
function sources(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : sources(full);
    return /\.(html|py)$/.test(entry.name) ? [full] : [];
  });
}

const known = new Set(iconNames());
const used = new Map();
for (const file of sources(ROOT)) {
  const text = fs.readFileSync(file, "utf8");
  for (const [, name] of text.matchAll(/\{% icon ["']([\w-]+)["']|\bicon=["']([\w-]+)["']/g)) {
    if (name && !known.has(name)) used.set(name, path.relative(ROOT, file));
  }
}
for (const [name, file] of used) console.error(`${file}: no icon "${name}"; add it to tools/icons.txt`);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "academy-css-"));
const built = path.join(folder, "app.css");
execFileSync(
  path.join(ROOT, "node_modules", ".bin", "tailwindcss"),
  ["--input", "static/src/css/app.css", "--output", built],
  {
    cwd: ROOT,
    stdio: "pipe",
  },
);
const same = fs.readFileSync(built).equals(fs.readFileSync(COMMITTED));
fs.rmSync(folder, { recursive: true });
if (!same) console.error("static/css/app.css is not what the sources build: npm run css");

if (!same || used.size) process.exit(1);
console.log(`static/css/app.css in step; ${known.size} icons`);
