// The page and its guest over HTTP, for this computer only.
// @ts-check
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";

/** @type {Readonly<Record<string, string>>} */
const types = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** Names of loopback. A page of another site that resolves to here ("DNS rebinding") asks under its own name. */
const ownNames = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/**
 * @typedef {object} Site
 * @property {string} folder files by path; a folder's index.html stands for it
 * @property {ReadonlyMap<string, string>} files single files that lie elsewhere, by URL path
 * @property {ReadonlyMap<string, () => Promise<string>>} [later] files that are had when they are asked for, by URL path
 * @property {() => unknown} bridge the answer for /bridge.json
 */

/** A server of the site that listens nowhere yet. @param {Site} site */
export function siteServer(site) {
  return createServer(async (request, response) => {
    /** @param {number} status @param {string} text */
    const refuse = (status, text) => {
      response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${text}\n`);
    };
    if (!ownNames.test(request.headers.host ?? "")) return refuse(421, "This server answers to localhost only.");
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "GET and HEAD only.");
    const path = pathOf(request.url ?? "/");
    if (path === undefined) return refuse(400, "No such path.");
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    // Names under assets/ carry a hash of their content.
    response.setHeader("Cache-Control", path.startsWith("/assets/") ? "max-age=31536000, immutable" : "no-cache");
    if (path === "/bridge.json") {
      response.setHeader("Content-Type", "application/json").end(JSON.stringify(site.bridge()));
      return;
    }
    const later = site.later?.get(path);
    // Whether it is there is no reason to fetch it.
    if (later && request.method === "HEAD") {
      response.writeHead(200, { "Content-Type": "application/octet-stream" }).end();
      return;
    }
    const file = later ? await later().catch(() => undefined) : (site.files.get(path) ?? inside(site.folder, path));
    const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
    if (file === undefined || !stat?.isFile()) return refuse(404, "Not found.");
    const tag = `"${stat.size.toString(36)}-${Math.floor(stat.mtimeMs).toString(36)}"`;
    response.setHeader("ETag", tag);
    if (request.headers["if-none-match"] === tag) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": types[extname(file)] ?? "application/octet-stream",
      "Content-Length": stat.size,
    });
    if (request.method === "HEAD") response.end();
    else
      createReadStream(file)
        .on("error", () => response.destroy())
        .pipe(response);
  });
}

/** The decoded path of a request; undefined when it is malformed. @param {string} target */
function pathOf(target) {
  try {
    const path = decodeURIComponent(new URL(target, "http://localhost").pathname);
    return path.includes("\0") ? undefined : path.replace(/\/$/, "/index.html");
  } catch {
    return undefined;
  }
}

/** The file below a folder that a path names; undefined when it leads out of it. @param {string} folder @param {string} path */
function inside(folder, path) {
  const root = resolve(folder);
  const file = join(root, path);
  return file.startsWith(root + sep) ? file : undefined;
}
