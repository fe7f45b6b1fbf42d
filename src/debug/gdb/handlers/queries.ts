import { type Client, type Handler, INVALID, OK, type Reply } from "../client.ts";
import { fromHex, PACKET_BYTES, textToHex } from "../wire.ts";

/** The one thread: gdb's 1, of process 1. */
export function threadId(client: Client): string {
  return client.multiprocess ? "p01.01" : "01";
}

/** Whether a thread id of gdb's (0 any, -1 all, hex, pPID.TID) includes the one thread. */
export function namesThread(id: string): boolean {
  const plain = id.startsWith("p") ? id.slice(1).split(".") : ["1", id];
  const [process, thread = "-1"] = plain;
  return [process, thread].every((part) => part === "-1" || /^0*[01]$/.test(part ?? ""));
}

/** Process 1, in hex. */
export function namesProcess(id: string): boolean {
  return /^0*1$/.test(id);
}

const supported: Handler = (client, args) => {
  client.multiprocess = args.slice(1).split(";").includes("multiprocess+");
  return `PacketSize=${PACKET_BYTES.toString(16)};qXfer:features:read+;ReverseStep+;ReverseContinue+;vContSupported+;multiprocess+`;
};

/** ANNEX:OFFSET,LENGTH */
const readFeatures: Handler = (client, args) => {
  const match = /^([^:]*):([0-9a-f]{1,8}),([0-9a-f]{1,8})$/i.exec(args);
  const document = client.machine.debug.targetDescription.get(match?.[1] ?? "");
  if (!match || document === undefined) return "E00";
  const offset = Number.parseInt(match[2]!, 16);
  const length = Math.min(Number.parseInt(match[3]!, 16), PACKET_BYTES / 2);
  if (offset > document.length) return "E00";
  const part = document.slice(offset, offset + length);
  return (offset + part.length < document.length ? "m" : "l") + part;
};

/** gdb waits for an answer 2 s long, then takes the next one for it; slices of a long motion between signs of life. */
const SLICES = 32;

const monitorCommand: Handler = async (client, args) => {
  const bytes = fromHex(args);
  if (!bytes) return INVALID;
  const before = client.target.session.position;
  let slices = 0;
  const alive = client.target.session.onProgress(() => void (++slices % SLICES === 0 && client.print("")));
  const { output, quit } = await client.monitor.execute(new TextDecoder().decode(bytes)).finally(() => {
    alive.dispose();
    client.interruptRequested = false;
  });
  if (output !== "") client.print(output);
  if (client.target.session.position !== before) client.print("run: maintenance flush register-cache\n");
  if (quit) client.leave(() => client.target.quit());
  return OK;
};

/** gdb brings its list of threads up to date whenever it shows its user a stop (normal_stop), and only then. */
function listThreads(client: Client): Reply {
  client.presented = true;
  client.interruptRequested = false;
  return `m${threadId(client)}`;
}

const setThread: Handler = (_client, args) => (/^[cg]/.test(args) && namesThread(args.slice(1)) ? OK : INVALID);

function physicalMode(client: Client, args: string): Reply {
  if (args !== "0" && args !== "1") return INVALID;
  client.physicalMemory = args === "1";
  return OK;
}

/** QEMU's. Here a step is a position, whatever they say: an interrupt that history has cannot be left out of it. */
const STEP_BITS = { ENABLE: 1, NOIRQ: 2, NOTIMER: 4 } as const;
export const ALL_STEP_BITS = 7;

function setStepBits(client: Client, args: string): Reply {
  const bits = /^(0x)?[0-9a-f]{1,8}$/i.test(args) ? Number.parseInt(args, 16) : NaN;
  if (!(bits <= ALL_STEP_BITS)) return INVALID;
  client.stepBits = bits;
  return OK;
}

function stepBitNames(): Reply {
  const bits = Object.entries(STEP_BITS).map(([name, bit]) => `${name}=${bit}`);
  return bits.join(",");
}

const stepBits: Handler = (client) => `0x${client.stepBits.toString(16)}`;

export const queries: readonly (readonly [prefix: string, Handler])[] = [
  ["qSupported", supported],
  ["qXfer:features:read:", readFeatures],
  ["qRcmd,", monitorCommand],
  ["qAttached", () => "1"],
  ["qfThreadInfo", listThreads],
  ["qsThreadInfo", () => "l"],
  // A machine that stands for a debugger is never in the middle of an idle.
  ["qThreadExtraInfo,", (_client, args) => (namesThread(args) ? textToHex("CPU#0 [running]") : INVALID)],
  ["qC", (client) => `QC${threadId(client)}`],
  ["qqemu.PhyMemMode", (client) => (client.physicalMemory ? "1" : "0")],
  ["Qqemu.PhyMemMode:", physicalMode],
  // As on QEMU, either letter asks: by the capital ones GEF and pwndbg know it.
  ["qqemu.sstepbits", stepBitNames],
  ["Qqemu.sstepbits", stepBitNames],
  ["Qqemu.sstep=", setStepBits],
  ["qqemu.sstep", stepBits],
  ["Qqemu.sstep", stepBits],
  [
    "QStartNoAckMode",
    (client) => {
      client.acknowledge = false;
      return OK;
    },
  ],
  ["H", setThread],
  ["T", (_client, args) => (namesThread(args) ? OK : INVALID)],
];
