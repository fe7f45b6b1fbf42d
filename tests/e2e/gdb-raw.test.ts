import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encodePacket, PacketReader } from "../../src/debug/index.ts";
import { guest } from "../../tools/guest/index.mjs";
import { Qmp } from "../../tools/lockstep/qmp.ts";
import { root } from "../../tools/support/process.mjs";
import { freePort, hindsight } from "./command-line.ts";

const STEPS = 10;
const processes: ChildProcess[] = [];

interface Target {
  readonly program: "aarch64" | "x86_64";
  readonly options: readonly string[];
  /** Where the machine is, as the test of this target reads it. */
  pc(gdb: RawGdb): Promise<bigint>;
}

const virt: Target = {
  program: "aarch64",
  options: ["-machine", "virt", "-cpu", "cortex-a53", "-kernel", guest().kernel],
  pc: (gdb) => gdb.register("20"),
};
/** With its BIOS only. */
const pc: Target = {
  program: "x86_64",
  options: ["-machine", "pc"],
  pc: async (gdb) => (await gdb.register("10")) + 16n * (await gdb.register("12")),
};

/** A machine with QMP on an inherited descriptor, as QEMU's Python harness starts it. */
async function launch(target: Target, ...args: string[]): Promise<{ qmp: Qmp; exit: Promise<unknown> }> {
  const harness = "-display none -vga none -chardev socket,id=mon,fd=3 -mon chardev=mon,mode=control -net none";
  const options = [...harness.split(" "), ...target.options, ...args];
  const process = spawn(join(root, `bin/hindsight-system-${target.program}`), options, {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  processes.push(process);
  const socket = process.stdio[3] as Socket;
  const qmp = new Qmp(socket, socket);
  await qmp.open();
  return { qmp, exit: once(process, "exit").then(([code]) => code as number) };
}

/** A client of the older tests' kind: packets as they are, no gdb. */
class RawGdb {
  private readonly reader = new PacketReader();
  private readonly packets: string[] = [];
  private wake = (): void => {};

  private constructor(private readonly socket: Socket) {
    socket.on("data", (bytes) => {
      for (const event of this.reader.read(bytes)) if (event.kind === "packet") this.packets.push(event.data);
      this.wake();
    });
  }

  static async attach(port: number): Promise<RawGdb> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawGdb(socket);
  }

  async ask(packet: string): Promise<string> {
    this.socket.write(encodePacket(packet));
    while (this.packets.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    this.socket.write("+");
    return this.packets.shift()!;
  }

  /** By its number, in hexadecimal. */
  async register(number: string): Promise<bigint> {
    const bytes = Buffer.from(await this.ask(`p${number}`), "hex");
    return BigInt(`0x${bytes.reverse().toString("hex")}`);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The flow of QEMU's reverse debugging test in its older form: raw packets, and the position checked all the way. */
describe("reverse debugging in raw packets", { timeout: 120_000 }, () => {
  let folder: string;
  const rr = ({ program }: Target, mode: string, more = ""): string[] => [
    "-icount",
    `shift=7,rr=${mode},rrfile=${join(folder, program)}${more}`,
  ];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hindsight-raw-"));
    expect(await hindsight("-version").exit).toBe(0);
  });
  afterEach(() => {
    for (const process of processes.splice(0)) process.kill("SIGKILL");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([virt, pc])(
    "$program steps, breaks and runs both ways, and query-replay agrees at every point",
    async (target) => {
      const recorder = await launch(target, ...rr(target, "record", ",rrsnapshot=init"));
      const icountOf = async (qmp: Qmp): Promise<number> =>
        ((await qmp.execute("query-replay")) as { icount: number }).icount;
      while ((await icountOf(recorder.qmp)) <= STEPS);
      const last = await icountOf(recorder.qmp);
      await recorder.qmp.execute("quit");
      expect(await recorder.exit).toBe(0);

      const port = await freePort();
      const { qmp, exit } = await launch(
        target,
        ...rr(target, "replay", ",rrsnapshot=init"),
        "-gdb",
        `tcp::${port}`,
        "-S",
      );
      const gdb = await RawGdb.attach(port);
      try {
        const supported = await gdb.ask("qSupported");
        expect(supported).toContain("ReverseStep+");
        expect(supported).toContain("ReverseContinue+");
        expect(await icountOf(qmp)).toBe(0);

        const steps: bigint[] = [];
        for (let i = 0; i < STEPS; i++) {
          steps.push(await target.pc(gdb));
          expect(await gdb.ask("s")).toBe("T05thread:01;");
          expect(await icountOf(qmp)).toBe(i + 1);
        }
        for (let i = STEPS - 1; i >= 0; i--) {
          expect(await gdb.ask("bs")).toBe("T05thread:01;");
          expect([await target.pc(gdb), await icountOf(qmp)]).toEqual([steps[i], i]);
        }
        for (let i = 0; i < STEPS; i++) {
          expect([await target.pc(gdb), await icountOf(qmp)]).toEqual([steps[i], i]);
          expect(await gdb.ask("s")).toBe("T05thread:01;");
        }

        for (const address of steps) expect(await gdb.ask(`Z1,${address.toString(16)},1`)).toBe("OK");
        await qmp.execute("replay-break", { icount: last - 1 });
        // The first instructions are not executed again, and the end is reached.
        expect(await gdb.ask("c")).toBe("T02thread:01;");
        expect(await icountOf(qmp)).toBe(last - 1);
        expect(await gdb.ask("bc")).toBe("T05thread:01;");
        expect([await target.pc(gdb), await icountOf(qmp)]).toEqual([steps.at(-1), STEPS - 1]);
        expect(await gdb.ask("bc")).toBe("T05thread:01;");
        expect([await target.pc(gdb), await icountOf(qmp)]).toEqual([steps.at(-2), STEPS - 2]);

        // A break where one stands already stops there, once.
        await qmp.execute("replay-break", { icount: STEPS - 2 });
        expect(await gdb.ask("c")).toBe("T02thread:01;");
        expect(await icountOf(qmp)).toBe(STEPS - 2);
        expect(await gdb.ask("c")).toBe("T05thread:01;");
        expect(await icountOf(qmp)).toBe(STEPS - 1);
      } finally {
        gdb.close();
      }
      await qmp.execute("quit");
      expect(await exit).toBe(0);
    },
  );

  it("ends a replay where the recording was quit, and refuses a snapshot that is not there", async () => {
    const { exit } = await launch(virt, ...rr(virt, "replay", ",rrsnapshot=init"));
    expect(await exit).toBe(0);
    const missing = hindsight("-M", "virt", "-display", "none", ...rr(virt, "replay", ",rrsnapshot=nope"));
    expect(await missing.exit).toBe(1);
    expect(missing.output).toBe("hindsight-system-aarch64: there is no snapshot named 'nope'\n");
  });

  it("saves, loads and deletes snapshots while recording, and the recording is whole", async () => {
    const file = join(folder, "snapshots");
    const { qmp, exit } = await launch(virt, "-icount", `shift=7,rr=record,rrfile=${file}`, "-S");
    const monitor = async (line: string): Promise<string> =>
      (await qmp.execute("human-monitor-command", { "command-line": line })) as string;
    const position = async (): Promise<number> => Number(/\d+/.exec(await monitor("when"))![0]);
    const reach = async (wanted: number): Promise<void> => {
      await qmp.execute("cont");
      while ((await position()) < wanted);
    };
    await reach(1_000_000);
    // Running: it goes on.
    expect(await monitor("savevm early")).toBe("");
    await reach(3_000_000);
    await qmp.execute("stop");
    const end = await position();
    await qmp.execute("snapshot-save", { "job-id": "job0", tag: "late" });
    expect(await monitor("info snapshots")).toMatch(/early[^\n]*\n--\s+late/);
    expect(await monitor("loadvm early")).toMatch(/^recording 'snapshots-loadvm-1' goes on/);
    const early = await position();
    expect(early).toBeGreaterThanOrEqual(1_000_000);
    expect(early).toBeLessThan(end);
    await reach(end + 1_000_000);
    expect(await monitor("loadvm late")).toMatch(/^Error: snapshot 'late' is in recording 'snapshots'/);
    expect(await monitor("delvm early")).toBe("");
    expect(await monitor("loadvm early")).toBe("Error: snapshot 'early' does not exist\r\n");
    await qmp.execute("quit");
    expect(await exit).toBe(0);

    const replay = await launch(virt, "-icount", `shift=7,rr=replay,rrfile=${file},rrsnapshot=early`, "-S");
    expect(await replay.qmp.execute("query-replay")).toEqual({ mode: "play", filename: "snapshots", icount: early });
    await replay.qmp.execute("human-monitor-command", { "command-line": "savevm replayed" });
    await replay.qmp.execute("replay-seek", { icount: 0 });
    await replay.qmp.execute("human-monitor-command", { "command-line": "loadvm replayed" });
    expect(await replay.qmp.execute("query-replay")).toMatchObject({ icount: early });
    await replay.qmp.execute("replay-seek", { icount: end });
    await replay.qmp.execute("quit");
    expect(await replay.exit).toBe(0);

    const branch = await launch(virt, "-icount", `shift=7,rr=replay,rrfile=${file}-loadvm-1`, "-S");
    await branch.qmp.execute("cont");
    await branch.qmp.event("SHUTDOWN");
    expect(await branch.exit).toBe(0);
  });
});
