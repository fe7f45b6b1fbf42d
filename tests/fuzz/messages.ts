import { encodePacket } from "../../src/debug/index.ts";
import type { Random } from "../../src/timetravel/testing/random.ts";
import { addresses, bytesOf, numbers } from "./noise.ts";

export type Protocol = "rsp" | "qmp" | "hmp";

const hexOf = (text: string): string => Array.from(text, (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");

/** Packets of gdb's: A an address, N a number, H bytes in hex, M a monitor command in hex, T a thread. */
const packets = [
  ..."? g GH p20 pN PN=H P20=H mA,N m40100000,40 MA,N:H M40100000,4:deadbeef XA,N:@ X40100000,2:ab c cA s sA bc bs".split(
    " ",
  ),
  ..."CN SN CN;A Z0,A,4 Z1,A,N Z2,A,N Z3,A,N Z4,A,N z0,A,4 z1,A,N z2,A,N z3,A,N z4,A,N ZN,A,N D D;1 k vKill;N".split(
    " ",
  ),
  ..."vCont? vCont;c vCont;s:T vCont;cN:T;s:T vCont; vMustReplyEmpty qSupported:multiprocess+;xmlRegisters=i386".split(
    " ",
  ),
  ..."qSupported qXfer:features:read:target.xml:N,N qXfer:features:read:N:0,ffb qRcmd,M qRcmd,H qAttached:N".split(" "),
  ..."qfThreadInfo qsThreadInfo qC qqemu.PhyMemMode Qqemu.PhyMemMode:N QStartNoAckMode HgT HcT TT qTStatus qOffsets".split(
    " ",
  ),
  ..."QPassSignals:N vFile:setfs:N qSymbol:: ! R00 r dN i tA:N,N v".split(" "),
];

const threads = ["0", "1", "-1", "p1.1", "p-1.-1", "p0.0", "2", "p2.1", "p", "p.", ".", "ffffffffffffffffff"];

function packet(random: Random): Uint8Array {
  const text = random.pick(packets).replace(/[ANHMT@](?![a-z]{2})/g, (letter) => {
    if (letter === "A") return random.pick(addresses);
    if (letter === "N") return random.pick(numbers);
    if (letter === "T") return random.pick(threads);
    if (letter === "M") return hexOf(line(random));
    if (letter === "H") return "ab".repeat(random.between(0, random.pick([4, 16, 900])));
    return "}\x03}\x04";
  });
  const framed = encodePacket(text);
  if (random.between(0, 9) > 0) return framed;
  return random.pick([bytesOf("\x03"), bytesOf("+"), bytesOf("-"), framed.subarray(0, -2), bytesOf(`$${text}#zz`)]);
}

/** Commands of the human monitor: A, N as above. */
const lines = [
  ..."stop|c|cont|info status|info registers|info device|info device pl011|info replay|info snapshots|info version|info hash|info|help|help N|?".split(
    "|",
  ),
  ..."system_reset|system_wakeup|quit|q|replay_break N|replay_delete_break|replay_seek N|seek N|seek +N|seek -N|seek start|seek end".split(
    "|",
  ),
  ..."when|savevm|savevm N|loadvm N|delvm N|x A|x/Ni 0xA|x/Nxg 0xA|xp/Nxw 0xA|x/N N|x $pc|x/4i $pc-N|x $N|x vectors+N".split(
    "|",
  ),
  ..."last-write 0xA N|last-write A|find-console N|find-console !|seek Nms|seek Ns|branch N|branch_end|info branch".split(
    "|",
  ),
  ..."symbols N|symbols|x/i|x/|xp|print 1|i/b N|i N.N|o/h N N|savevm a b|loadvm|info replay now|exit".split("|"),
];

function line(random: Random): string {
  return random
    .pick(lines)
    .replace(/N/g, () => random.pick(numbers))
    .replace(/A/g, () => random.pick(addresses));
}

function typed(random: Random): Uint8Array {
  const end = random.pick([
    "\n",
    "\n",
    "\r",
    "\r\n",
    "",
    "\t",
    "\b\b\n",
    "\x1b[A\n",
    "\x1b[",
    "\x15",
    "\x03",
    "\x00\n",
    "\xff\xfb\x01\n",
  ]);
  const text = random.between(0, 40) === 0 ? line(random).repeat(1000) : line(random);
  return bytesOf(text + end);
}

const commands = [
  ..."qmp_capabilities stop cont system_reset system_wakeup quit human-monitor-command query-status query-version query-commands".split(
    " ",
  ),
  ..."query-name query-kvm query-block query-memory-size-summary query-replay replay-break replay-delete-break".split(
    " ",
  ),
  ..."replay-seek snapshot-save snapshot-load snapshot-delete query-jobs job-dismiss query-nothing __proto__".split(
    " ",
  ),
];
const members = [
  "icount",
  "command-line",
  "cpu-index",
  "job-id",
  "tag",
  "devices",
  "vmstate",
  "id",
  "enable",
  "__proto__",
];

function value(random: Random, depth = 0): unknown {
  const kinds = depth > 3 ? 5 : 7;
  switch (random.between(0, kinds)) {
    case 0:
      return Number(random.pick(numbers));
    case 1:
      return random.pick(numbers);
    case 2:
      return line(random);
    case 3:
      return random.pick([null, true, false, "", "\u0000", "é\u{1f600}", "\ud800"]);
    case 4:
      return random.between(0, 25_000);
    case 5:
      return random.pick(["a", "b", "start_debugging"]);
    case 6:
      return Array.from({ length: random.between(0, 4) }, () => value(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.between(0, 3) }, () => [random.pick(members), value(random, depth + 1)]),
      );
  }
}

function request(random: Random): Uint8Array {
  const kind = random.between(0, 19);
  if (kind === 0) return new TextEncoder().encode(JSON.stringify(value(random)) + "\n");
  if (kind === 1)
    return bytesOf(random.pick(["[", "{", '"', "'", "}", "]", "{'a': ", "[[[[", "\\", "true", "\xff", ","]));
  const execute = random.pick(commands);
  const count = random.between(0, 3);
  const args = Object.fromEntries(Array.from({ length: count }, () => [random.pick(members), value(random)]));
  if (execute.startsWith("replay-") && random.between(0, 3) > 0) args["icount"] = random.between(0, 25_000);
  if (execute.startsWith("snapshot-")) Object.assign(args, { "job-id": random.pick(["a", "b", "c"]), tag: "a" });
  if (execute.startsWith("human-") && random.between(0, 3) > 0) args["command-line"] = line(random);
  const message = {
    execute: random.between(0, 30) > 0 ? execute : value(random),
    ...(count > 0 && { arguments: random.between(0, 30) > 0 ? args : value(random) }),
    ...(random.between(0, 3) === 0 && { id: value(random) }),
  };
  return new TextEncoder().encode(JSON.stringify(message) + random.pick(["", "\n", "\r\n", " "]));
}

const makers: Readonly<Record<Protocol, (random: Random) => Uint8Array>> = { rsp: packet, qmp: request, hmp: typed };

/** One message of a protocol, well formed or nearly so. */
export function message(protocol: Protocol, random: Random): Uint8Array {
  return makers[protocol](random);
}
