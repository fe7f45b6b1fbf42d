import { createReadStream, statSync } from "node:fs";
import { join, normalize } from "node:path";
import { type Plugin, defineConfig } from "vite";
import { binaryenAsset } from "./tools/bundle-binaryen.ts";

/** The guests' files in development: from the caches that `npm start` fills. A build copies them to dist/. */
const folders = {
  "/guest/firmware": join(import.meta.dirname, ".cache/firmware"),
  "/guest": join(import.meta.dirname, ".cache/guest"),
  "/guest-amd64": join(import.meta.dirname, ".cache/guest-amd64"),
};

function serveGuest(): Plugin {
  return {
    name: "serve-guest",
    configureServer(server) {
      for (const [url, folder] of Object.entries(folders))
        server.middlewares.use(url, (request, response, next) => {
          const path = join(folder, normalize(decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname)));
          const stat = statSync(path, { throwIfNoEntry: false });
          if (!path.startsWith(folder) || !stat?.isFile()) {
            response.statusCode = 404;
            response.end();
            return;
          }
          if (request.method !== "GET" && request.method !== "HEAD") return next();
          response.setHeader("Content-Length", stat.size);
          response.setHeader("Content-Type", path.endsWith(".json") ? "application/json" : "application/octet-stream");
          if (request.method === "HEAD") response.end();
          else createReadStream(path).pipe(response);
        });
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [serveGuest()],
  worker: { format: "es", plugins: () => [binaryenAsset(join(import.meta.dirname, "src/worker/asset.ts"))] },
  build: { target: "es2023", outDir: "dist", emptyOutDir: true, chunkSizeWarningLimit: 1500 },
  server: { host: "127.0.0.1" },
});
