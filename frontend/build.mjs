// Compiles the stylesheets, and the reader of QR codes, into portal/static/portal. `--check` only compares: it fails when the committed
// files are not what the sources give.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
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
  write(`${name}.css`, css, budget);
}

// In a file of its own: pages fetch it when somebody presses the button that needs it.
const { outputFiles } = buildSync({
  stdin: { contents: 'export { BarcodeDetector } from "qr/decode.js";', resolveDir: new URL(".", import.meta.url).pathname },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2018",
  banner: { js: "/*! qr 0.7.0, Apache-2.0, (c) 2023 Paul Miller */" },
  legalComments: "none",
  write: false,
});
write("qr-reader.js", outputFiles[0].text, 18 * 1024);

function write(name, text, budget) {
  const built = new URL(name, target);
  const weight = gzipSync(text, { level: 9 }).length;
  console.log(`${name} ${text.length} B, ${weight} B gzip`);
  if (weight > budget) {
    console.error(`${name} is over its budget of ${budget} B`);
    failed = true;
  }
  if (!checkOnly) {
    writeFileSync(built, text);
  } else if (readFileSync(built, "utf8") !== text) {
    console.error(`${name} differs from its sources: run npm run build`);
    failed = true;
  }
}
process.exit(failed ? 1 : 0);
