import { writeFile } from "node:fs/promises";
import { UserError } from "../base/index.ts";
import { DebugTarget, GdbServer } from "../debug/index.ts";
import { RecordingPaused, type TravelSession, type TravelStop } from "../timetravel/index.ts";
import { type Channel, openChannel } from "./channel.ts";
import { checkDrive } from "./drive.ts";
import { dumpDeviceTree } from "./dump-tree.ts";
import { readVersion } from "./files.ts";
import { type MonitorMode, serveMonitor } from "./front-end.ts";
import { GdbPort } from "./gdb-port.ts";
import { Mux } from "./mux.ts";
import type { CharDevice, Options } from "./options.ts";
import { startSession } from "./start.ts";
import { isTerminalReport } from "./terminal.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const LAST_WORDS_MS = 1000;
const ROOM_MS = 1000;

/** Runs the machine that the options describe; resolves to the exit code. */
export async function run(options: Options, say: (line: string) => void): Promise<number> {
  for (const drive of options.drives) checkDrive(drive);
  if (options.processName !== undefined) process.title = options.processName;
  if (options.dumpdtb !== undefined) return dumpDeviceTree(options, options.dumpdtb, say);
  // Ctrl-A x, or a signal, may come at any time. Before there is a session nothing is lost by just going; but a process's
  // exit waits for a file that is being opened or read, which may be a pipe: a second signal ends it as if nobody listened.
  let quit = (): void => process.exit(0);
  let onSignal = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, signalled);
    process.exit(0);
  };
  const signalled = (): void => onSignal();
  for (const signal of SIGNALS) process.on(signal, signalled);
  const channels = await openChannels(options, say, () => quit());
  // Once a machine is being made, Ctrl-A x ends it in order, and a recording with it.
  let early = false;
  quit = () => (early = true);
  const headless = new Headless(await startSession(options, say), options, channels, say);
  quit = () => headless.quit("host-ui");
  onSignal = () => headless.quit("host-signal");
  if (early) quit();
  return headless.run();
}

interface Channels {
  /** By the number of the host port that it is the other end of. */
  readonly ports: ReadonlyMap<number, Channel>;
  readonly monitors: readonly (MonitorMode & { readonly channel: Channel })[];
  closeAll(): Promise<unknown>;
}

/** Each device is opened once, whoever uses it. */
async function openChannels(
  { serials, others, monitors }: Options,
  say: (line: string) => void,
  quit: () => void,
): Promise<Channels> {
  const opened: Channel[] = [];
  const open = async (device: CharDevice): Promise<Channel> => {
    const channel = await openChannel(device, say);
    opened.push(channel);
    return channel;
  };
  const ports = new Map<number, Channel>();
  const muxes = new Map<CharDevice, Mux>();
  for (const [port, device] of [...serials.entries(), ...others]) {
    const channel = await open(device);
    const mux = "mux" in device && device.mux ? new Mux(channel, quit) : undefined;
    if (mux) muxes.set(device, mux);
    ports.set(port, mux?.serial ?? channel);
  }
  const served = [];
  for (const { device, mode, pretty } of monitors) {
    served.push({ channel: muxes.get(device)?.monitor ?? (await open(device)), mode, pretty });
  }
  const closeAll = (): Promise<unknown> => Promise.all(opened.map((channel) => channel.close()));
  return { ports, monitors: served, closeAll };
}

/** One session without a page: serial port, monitors and gdb on the channels that the options name. */
class Headless {
  private readonly target: DebugTarget;
  private gdb: GdbServer | undefined;
  private ending = false;
  private inputRefused = false;
  private pausedAt: number | undefined;
  private finish: (code: number) => void = () => {};
  private readonly finished = new Promise<number>((resolve) => (this.finish = resolve));

  constructor(
    private readonly session: TravelSession,
    private readonly options: Options,
    private readonly channels: Channels,
    private readonly say: (line: string) => void,
  ) {
    this.target = new DebugTarget(session, {
      version: readVersion(),
      ...(options.name === undefined ? {} : { machineName: options.name }),
      resume: () => void this.resume(),
      quit: () => this.end(),
      message: say,
      realTimeMs: () => Date.now(),
      writeFile: (name, bytes) =>
        writeFile(name, bytes).catch((error: Error) => {
          throw new UserError(`cannot write the file: ${error.message}`);
        }),
    });
  }

  async run(): Promise<number> {
    const { session, options, channels } = this;
    if (session.notice !== undefined) this.say(session.notice);
    session.onOutput((port, bytes) => channels.ports.get(port)?.write(bytes));
    session.onDivergence((message) => this.say(message));
    for (const [port, channel] of channels.ports) {
      if (!session.machine.ports[port]) continue;
      channel.onBreak = () => this.took(session.sendBreak(port));
      channel.onData = (bytes) => this.took(session.send(port, bytes) || isTerminalReport(bytes));
    }
    for (const monitor of channels.monitors) serveMonitor(this.target, monitor.channel, monitor);
    const port = options.gdb && (await this.serveGdb(options.gdb.host, options.gdb.port));
    if (!options.startStopped && !this.ending) void this.resume();
    // A machine that stands still and a stdin that has ended are no reason to go: a signal may come.
    const alive = setInterval(() => {}, 2 ** 30);
    const code = await this.finished;
    clearInterval(alive);
    // What has been said leaves first, but a peer that does not read holds nothing up.
    const last = Promise.all([port?.close(), channels.closeAll()]);
    await Promise.race([last, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
    return code;
  }

  /** Ends the session by its user's wish; `reason` as QMP's SHUTDOWN event names it. */
  quit(reason: string): void {
    this.target.state.shutdown(reason);
    this.end();
  }

  /** Ends the recording, flushes it, and the process. */
  private end(code = 0): void {
    if (this.ending) return;
    this.ending = true;
    this.gdb?.end();
    const { branchedAt, mode } = this.session;
    if (branchedAt !== undefined && mode !== "none")
      this.say(`the throw-away branch from position ${branchedAt} is dropped`);
    this.session.quit().then(
      () => this.finish(code),
      (error: unknown) => this.fail(error),
    );
  }

  private async resume(): Promise<void> {
    if (this.ending) return;
    try {
      this.stopped(await this.target.control.move((session) => session.run()));
    } catch (error) {
      if (error instanceof RecordingPaused) this.waitForRoom(error);
      else if (!this.gdb) this.fail(error);
      else this.say(explain(error));
    }
  }

  /** Storage is full: says so once, and looks every second whether there is room again. */
  private waitForRoom(error: RecordingPaused): void {
    if (this.pausedAt !== this.session.position) this.say(error.message);
    this.pausedAt = this.session.position;
    setTimeout(() => void this.resume(), ROOM_MS);
  }

  /** The machine ran freely and has stopped: at its end there is nothing left to do, unless someone debugs it. */
  private stopped(stop: TravelStop): void {
    const over = stop.kind === "history-end" || stop.kind === "shutdown";
    // The end of what is left of a damaged recording is not the end that was recorded.
    const damaged = this.session.notice !== undefined;
    if (over && this.gdb === undefined && this.options.shutdown)
      this.end(damaged ? 1 : (this.session.machine.exitCode ?? 0));
  }

  private fail(error: unknown): void {
    this.ending = true;
    this.say(explain(error));
    void this.session.dispose().finally(() => this.finish(1));
  }

  /** Says once that input is refused. */
  private took(taken: boolean): void {
    if (taken || this.inputRefused) return;
    this.inputRefused = true;
    this.say("input is not taken: this is recorded history");
  }

  private serveGdb(host: string, port: number): Promise<GdbPort> {
    return GdbPort.listen(host, port, {
      open: (connection) => {
        const gdb = new GdbServer(this.target, connection, { detached: () => (this.gdb = undefined) });
        this.gdb = gdb;
        return { receive: (bytes) => gdb.receive(bytes), closed: () => gdb.dispose() };
      },
    });
  }
}

function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
