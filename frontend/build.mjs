// Compiles the stylesheets into portal/static/portal. `--check` only compares: it fails when the committed
// files are not what the sources give.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { compile } from "sass";

const target = new URL("../portal/static/portal/", import.meta.url);
const budgets = { portal: 16 * 1024, poster: 4 * 1024, slip: 4 * 1024, telephone: 4 * 1024 }; // bytes on the wire, gzip -9
const checkOnly = process.argv.includes("--check");
let failed = false;

mkdirSync(target, { recursive: true });
for (const [name, budget] of Object.entries(budgets)) {
  const source = new URL(`${name}.scss`, import.meta.url);
  const { css } = compile(source.pathname, {
    style: "compressed",
    charset: false, // no byte order mark: the files are served as UTF-8
    loadPaths: [new URL("node_modules", import.meta.url).pathname],
  });
  const built = new URL(`${name}.css`, target);
  const weight = gzipSync(css, { level: 9 }).length;
  console.log(`${name}.css ${css.length} B, ${weight} B gzip`);
  if (weight > budget) {
    console.error(`${name}.css is over its budget of ${budget} B`);
    failed = true;
  }
  if (checkOnly) {
    if (readFileSync(built, "utf8") !== css) {
      console.error(`${name}.css differs from its sources: run npm run build`);
      failed = true;
    }
  } else {
    writeFileSync(built, css);
  }
}
process.exit(failed ? 1 : 0);
