import { defineConfig } from "vite";

export default defineConfig({
  // Any folder of any static server: addresses relative to the page.
  base: "./",
  build: { outDir: "dist", target: "es2023", chunkSizeWarningLimit: 1024 },
  worker: { format: "es" },
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
});
