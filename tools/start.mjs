// `npm start`: everything from a fresh clone to the page in a browser and gdb beside it. What is up to date is not made
// again.
//
//   npm start -- [--port PORT] [--gdb PORT] [--monitor PORT] [--qmp PORT]
// @ts-check
import "./support/node-version.mjs";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildInterpreter, buildPage, buildTools, installDependencies, recordDemo } from "./support/build.mjs";
import { guestFiles, laterFiles } from "./support/guest-files.mjs";
import { root } from "./support/process.mjs";
import { siteServer } from "./support/site.mjs";

const page = "build/page";
const loopback = "127.0.0.1";

/** A failure that one line says all of. */
class Failure extends Error {}

try {
  await start();
} catch (error) {
  process.stderr.write(`hindsight: ${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof Failure) && process.env["DEBUG"]) console.error(error);
  process.exit(1);
}

async function start() {
  const { port, gdb, monitor, qmp } = options();
  // Before the long stages: a busy port is known at once.
  await Promise.all([portIsFree(port, "--port"), portIsFree(gdb, "--gdb")]);
  stage(installDependencies, "npm could not install the dependencies: see above");
  // Asks for the guest first, so that a missing one is known before anything is built.
  guestFiles(false);
  stage(buildTools, "the sources do not compile: see above");
  stage(buildInterpreter, "the interpreter could not be built: see above");
  const demo = recordDemo();
  stage(() => buildPage(page), "the page could not be bundled: see above");

  const { Bridge } = await import("../build/src/cli/bridge.js");
  const site = `http://${loopback}:${port}`;
  const bridge = await Bridge.start({
    gdbPort: gdb,
    ...(monitor === undefined ? {} : { monitorPort: monitor }),
    ...(qmp === undefined ? {} : { qmpPort: qmp }),
    port: 0,
    origins: [site, `http://localhost:${port}`],
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const server = siteServer({
    folder: join(root, page),
    files: new Map([...guestFiles(demo)].map(([path, file]) => [`/${path}`, file])),
    later: new Map([...laterFiles()].map(([path, file]) => [`/${path}`, file])),
    bridge: () => ({ url: bridge.url }),
  });
  await listen(server, port, "--port");
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      bridge.close();
      server.close();
      process.stdout.write("\n");
      process.exit(0);
    });
  }
  process.stdout.write(
    [
      "",
      `  the page:  ${site}/`,
      `  gdb:       gdb-multiarch -ex 'target remote :${bridge.port}'     (with a machine in the page)`,
      ...(monitor === undefined ? [] : [`  monitor:   telnet ${loopback} ${monitor}`]),
      ...(qmp === undefined ? [] : [`  QMP:       ${loopback}:${qmp}`]),
      "  to end:    Ctrl-C",
      "",
      "",
    ].join("\n"),
  );
}

function options() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        port: { type: "string", default: "8080" },
        gdb: { type: "string", default: "1234" },
        monitor: { type: "string" },
        qmp: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new Failure(error instanceof Error ? error.message : String(error));
  }
  if (values.help) {
    process.stdout.write(
      "usage: npm start -- [--port PORT] [--gdb PORT] [--monitor PORT] [--qmp PORT]\n\n" +
        "  --port PORT      where the page is served, on loopback (default 8080)\n" +
        "  --gdb PORT       where gdb connects, on loopback (default 1234)\n" +
        "  --monitor PORT   where the monitor's user connects, on loopback (default: nowhere)\n" +
        "  --qmp PORT       where a program that speaks QMP connects, on loopback (default: nowhere)\n",
    );
    process.exit(0);
  }
  const optional = (/** @type {string | undefined} */ text, /** @type {string} */ option) =>
    text === undefined ? undefined : portOf(text, option);
  return {
    port: portOf(values.port, "--port"),
    gdb: portOf(values.gdb, "--gdb"),
    monitor: optional(values.monitor, "--monitor"),
    qmp: optional(values.qmp, "--qmp"),
  };
}

/** @param {string} text @param {string} option */
function portOf(text, option) {
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new Failure(`${option} ${text}: a port is a number from 1 to 65535`);
  return port;
}

/** @param {() => boolean} action @param {string} failure */
function stage(action, failure) {
  if (!action()) throw new Failure(failure);
}

/** @param {number} port @param {string} option */
async function portIsFree(port, option) {
  const server = createServer();
  await listen(server, port, option);
  server.close();
  await once(server, "close");
}

/** @param {import("node:net").Server} server @param {number} port @param {string} option */
async function listen(server, port, option) {
  server.listen(port, loopback);
  try {
    await once(server, "listening");
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    if (code === "EADDRINUSE") throw new Failure(`port ${port} is taken: name another one with ${option}`);
    if (code === "EACCES") throw new Failure(`port ${port} is not for everyone: name another one with ${option}`);
    throw error;
  }
}
