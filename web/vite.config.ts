import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { type Plugin, defineConfig } from "vite";

/** Files that are kept when they are first used, not at the installation: another language, and what draws PDFs. */
const LATER = /^models\/(zh|mrz)\/|^assets\/pdf|^sample\.jpg$|\.map$/;
/** Files that no page asks for. */
const NEVER = /(^|\/)(sw\.js|README\.md|report\.json|expected\.json|sample\.png)$/;

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}

/** Writes the service worker with the list of files and a version that changes with any of them. */
function offline(): Plugin {
  let out = "";
  return {
    name: "offline",
    apply: "build",
    configResolved: (config) => void (out = join(config.root, config.build.outDir)),
    closeBundle() {
      const digest = createHash("sha256");
      const names = filesIn(out).map((path) => relative(out, path).split(sep).join("/")).filter((name) => !NEVER.test(name)).sort();
      for (const name of names) digest.update(name).update(readFileSync(join(out, name)));
      const source = readFileSync(join(__dirname, "src/sw.js"), "utf8");
      digest.update(source);
      const list = JSON.stringify(names.filter((name) => !LATER.test(name)), null, 1);
      writeFileSync(join(out, "sw.js"), source.replace('"VERSION"', JSON.stringify(digest.digest("hex").slice(0, 12))).replace('["FILES"]', list));
    },
  };
}

export default defineConfig({
  base: "./",
  assetsInclude: ["**/*.wasm"],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: { target: "es2022", outDir: "dist", emptyOutDir: true },
  worker: { format: "es" },
  plugins: [offline()],
});
