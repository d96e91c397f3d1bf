// Builds backend/web/static/web/dist: one stylesheet, htmx, our script, the icon sprite; each also compressed.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const dist = join(here, "..", "backend", "web", "static", "web", "dist");
const TARGET = ["chrome109", "firefox115", "safari16"]; // old office PCs

async function stylesheet() {
  const bootstrap = sass.compile(join(here, "css", "bootstrap.scss"), {
    loadPaths: [modules],
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  });
  const own = (name) => readFile(join(here, "css", name), "utf8");
  // tokens.css comes first so that no value of Bootstrap is ever painted; its selectors are stronger.
  const css = [await own("tokens.css"), bootstrap.css, await own("components.css"), await own("pages.css")].map(followDevice).join("\n");
  if (/url\(["']?data:/.test(css)) throw new Error("a data: image slipped into the stylesheet");
  return (await transform(css, { loader: "css", minify: true, target: TARGET, legalComments: "none" })).code;
}

// "Mengikuti perangkat": every rule of the dark mode again, under the media query, for data-bs-theme=auto.
function followDevice(css) {
  const dark = css.match(/^[^\n{}@]*\[data-bs-theme=dark\][^{]*\{[^}]*\}/gm) ?? [];
  const auto = dark.map((rule) => rule.replaceAll("[data-bs-theme=dark]", "[data-bs-theme=auto]")).join("\n");
  return dark.length ? `${css}\n@media (prefers-color-scheme: dark) {\n${auto}\n}` : css;
}

async function script() {
  const result = await build({
    entryPoints: [join(here, "js", "app.js")],
    bundle: true, minify: true, write: false, target: TARGET, format: "iife", legalComments: "none",
  });
  return result.outputFiles[0].text;
}

async function sprite() {
  const names = JSON.parse(await readFile(join(here, "icons.json"), "utf8"));
  const symbols = await Promise.all(names.map(async (name) => {
    const svg = await readFile(join(modules, "lucide-static", "icons", `${name}.svg`), "utf8");
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s+/g, " ").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
  }));
  return `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence: LICENSE-lucide.txt -->\n${symbols.join("\n")}\n</svg>\n`;
}

async function emit(name, content) {
  const bytes = Buffer.from(content);
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  await writeFile(join(dist, name), bytes);
  await writeFile(join(dist, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  await writeFile(join(dist, `${name}.br`), brotliCompressSync(bytes, best));
  console.log(`${name}  ${bytes.length} B, gzip ${gzipSync(bytes).length} B`);
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await emit("app.css", await stylesheet());
await emit("htmx.min.js", await readFile(join(modules, "htmx.org", "dist", "htmx.min.js"), "utf8").then((js) => js.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n")));
await emit("app.js", await script());
await emit("icons.svg", await sprite());
for (const [from, to] of [["bootstrap/LICENSE", "LICENSE-bootstrap.txt"], ["htmx.org/LICENSE", "LICENSE-htmx.txt"], ["lucide-static/LICENSE", "LICENSE-lucide.txt"]]) {
  await cp(join(modules, from), join(dist, to));
}
