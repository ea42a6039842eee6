// One SVG sprite of the Tabler outline icons named in tools/icons.txt, always in the same order.
import fs from "node:fs";

const ICONS = new URL("../node_modules/@tabler/icons/icons/outline/", import.meta.url);
const LIST = new URL("./icons.txt", import.meta.url);

/** The names in tools/icons.txt, sorted, each once. */
export function iconNames() {
  return [...new Set(fs.readFileSync(LIST, "utf8").split(/\s+/).filter(Boolean))].sort();
}

/** The sprite as text. Throws when a name is not an icon. */
export function buildSprite() {
  const symbols = iconNames().map((name) => {
    const svg = fs.readFileSync(new URL(`${name}.svg`, ICONS), "utf8").replace(/<!--[\s\S]*?-->/g, "");
    const inner = svg
      .match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1]
      .replace(/<path[^>]*stroke="none"[^>]*\/>/g, "")
      .replace(/\s+/g, " ")
      .trim();
    return (
      `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
      `stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}
