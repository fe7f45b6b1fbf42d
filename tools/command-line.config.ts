import { join } from "node:path";
import { defineConfig } from "vite";
import { binaryenAsset } from "./bundle-binaryen.ts";

const root = join(import.meta.dirname, "..");
const entries = ["main", "hindsight-main", "bridge-main", "translator-worker"];

/** The commands in a few files that start faster than the hundreds of modules that they are made from; libraries included. */
export default defineConfig({
  root,
  publicDir: false,
  plugins: [binaryenAsset(join(root, "src/cli/asset.ts"), "node")],
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: "node20",
    outDir: "build/command",
    // A command that runs while another one builds finds its files.
    emptyOutDir: false,
    ssrEmitAssets: true,
    rolldownOptions: {
      input: Object.fromEntries(entries.map((name) => [name, join(root, `src/cli/${name}.ts`)])),
      // The translator's thread is found beside the code that starts it.
      output: { entryFileNames: "[name].js", chunkFileNames: "[name].js", assetFileNames: "[name][extname]" },
    },
  },
});
