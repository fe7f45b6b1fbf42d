import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A plain file server: no special headers, and no type for what it does not know. `elsewhere`: files outside the
 * folder, by their path in the site.
 */
export async function serveFolder(folder: string, elsewhere: ReadonlyMap<string, string> = new Map()): Promise<Served> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://x").pathname).replace(/\/$/, "/index.html");
    const file = elsewhere.get(path) ?? join(folder, path);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = types[extname(file)];
    response.writeHead(200, { "Content-Length": stat.size, ...(type && { "Content-Type": type }) });
    if (request.method === "HEAD") response.end();
    else createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
