import { parseArgs } from "node:util";
import { messageOf, UserError } from "../base/index.ts";
import { MONITOR_CHANNEL, QMP_CHANNEL } from "../debug/index.ts";
import { Bridge } from "./bridge.ts";

const PROGRAM = "hindsight-bridge";
const DEFAULT_PORT = "7766";
const DEFAULT_GDB_PORT = "1234";

const usage = `usage: ${PROGRAM} --origin ORIGIN [--origin ORIGIN ...] [--gdb PORT] [--monitor PORT] [--qmp PORT]
       [--port PORT] [--token TOKEN]

Joins a Hindsight page in a browser with a gdb on this computer, and with QEMU's monitors where they are asked for. All
reach it on loopback only.

  --origin ORIGIN   a page that may connect, such as https://example.org or http://localhost:5173
  --gdb PORT        where gdb connects (default ${DEFAULT_GDB_PORT})
  --monitor PORT    where the monitor's user connects, with telnet or nc
  --qmp PORT        where a program that speaks QMP connects
  --port PORT       where the page connects (default ${DEFAULT_PORT})
  --token TOKEN     the run's secret (default: made up, printed)

The page asks for the address that is printed. A browser may ask whether the page may reach devices on your local
network: that is this bridge.
`;

const say = (line: string): void => void process.stderr.write(`${PROGRAM}: ${line}\n`);

function portOf(text: string, option: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65535)) throw new UserError(`${option} ${text}: not a port`);
  return port;
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UserError(`--origin ${text}: not an origin such as https://example.org`);
  return url.origin;
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        origin: { type: "string", multiple: true, default: [] },
        gdb: { type: "string", default: DEFAULT_GDB_PORT },
        monitor: { type: "string" },
        qmp: { type: "string" },
        port: { type: "string", default: DEFAULT_PORT },
        token: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new UserError(messageOf(error));
  }
}

async function main(): Promise<void> {
  const { origin, gdb, monitor, qmp, port, token, help } = readArguments();
  if (help) {
    process.stdout.write(usage);
    return;
  }
  if (origin.length === 0) throw new UserError("no page may connect: name one with --origin (--help says more)");
  const bridge = await Bridge.start({
    gdbPort: portOf(gdb, "--gdb"),
    ...(monitor === undefined ? {} : { monitorPort: portOf(monitor, "--monitor") }),
    ...(qmp === undefined ? {} : { qmpPort: portOf(qmp, "--qmp") }),
    port: portOf(port, "--port"),
    origins: origin.map(originOf),
    ...(token === undefined ? {} : { token }),
    say,
  });
  process.stdout.write(`for the page: ${bridge.url}\nfor gdb:      target remote :${bridge.port}\n`);
  if (monitor !== undefined) process.stdout.write(`the monitor:  telnet 127.0.0.1 ${bridge.portOf(MONITOR_CHANNEL)}\n`);
  if (qmp !== undefined) process.stdout.write(`QMP:          127.0.0.1:${bridge.portOf(QMP_CHANNEL)}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      bridge.close();
      process.exit(0);
    });
  }
}

main().catch((error: unknown) => {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exit(1);
});
