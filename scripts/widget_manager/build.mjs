// node build.mjs FOLDER LICENCE ANYWIDGET
// Bundles main.js with the installed packages into FOLDER, and their licences. LICENCE is
// the file for packages that bring none, all of them Jupyter's; ANYWIDGET is the AMD
// module of the Python package anywidget.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";

const [folder, jupyter, anywidget] = process.argv.slice(2);

// anywidget gives up on a model that is not ready after two seconds; a slow phone that is
// still busy with formulas needs longer.
const patient = (source) => {
  const parts = source.split("AbortSignal.timeout(2e3)");
  if (parts.length !== 2) throw new Error("anywidget's time limit is not where it was");
  return parts.join("AbortSignal.timeout(3e5)");
};

const asModule = (source) =>
  `let widget; const define = (_, factory) => { widget = factory; };
${source}
export default widget;`;

const { metafile } = await esbuild.build({
  entryPoints: { "widget-manager": "main.js" },
  outdir: folder,
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: "none",
  target: "es2022",
  alias: { "sanitize-html": "./sanitize.js" },
  plugins: [{
    name: "anywidget",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^anywidget$/ }, () => ({ path: "anywidget", namespace: "amd" }));
      onLoad({ filter: /.*/, namespace: "amd" }, () => ({
        contents: asModule(patient(readFileSync(anywidget, "utf8"))),
      }));
    },
  }],
});

const packages = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const found = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
  if (found) packages.add(found[0]);
}
const texts = [...packages].sort().map((path) => {
  const { name, version, license } = JSON.parse(readFileSync(join(path, "package.json")));
  const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
  const text = readFileSync(file ? join(path, file) : jupyter, "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(join(folder, "widget-manager.LICENSES.txt"), texts.join(`\n${"-".repeat(72)}\n\n`));
