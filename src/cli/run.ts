import { writeFile } from "node:fs/promises";
import { UserError } from "../base/index.ts";
import { DebugTarget, GdbServer } from "../debug/index.ts";
import type { TravelSession, TravelStop } from "../timetravel/index.ts";
import { type Channel, openChannel } from "./channel.ts";
import { MonitorConsole } from "./console.ts";
import { readVersion } from "./files.ts";
import { GdbPort } from "./gdb-port.ts";
import { Mux } from "./mux.ts";
import type { Options } from "./options.ts";
import { startSession } from "./start.ts";
import { isTerminalReport } from "./terminal.ts";

const CONSOLE_PORT = 0;
const LAST_WORDS_MS = 1000;

/** Runs the machine that the options describe; resolves to the exit code. */
export async function run(options: Options, say: (line: string) => void): Promise<number> {
  // Ctrl-A x may come while the machine is still being made.
  const end = { quit: (): void => process.exit(0) };
  const channels = await openChannels(options, () => end.quit());
  const headless = new Headless(await startSession(options, say), options, channels, say);
  end.quit = () => headless.quit();
  return headless.run();
}

interface Channels {
  readonly serial: Channel;
  readonly monitor: Channel;
}

async function openChannels({ serial, monitor }: Options, quit: () => void): Promise<Channels> {
  const first = await openChannel(serial);
  if (!("mux" in serial && serial.mux)) return { serial: first, monitor: await openChannel(monitor) };
  const mux = new Mux(first, quit);
  const shared = monitor === serial || ("mux" in monitor && monitor.mux);
  return { serial: mux.serial, monitor: shared ? mux.monitor : await openChannel(monitor) };
}

/** One session without a page: serial port, monitor and gdb on the channels that the options name. */
class Headless {
  private readonly target: DebugTarget;
  private gdb: GdbServer | undefined;
  private ending = false;
  private inputRefused = false;
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
      resume: () => void this.resume(),
      quit: () => this.quit(),
      message: say,
      writeFile: (name, bytes) =>
        writeFile(name, bytes).catch((error: Error) => {
          throw new UserError(`cannot write the file: ${error.message}`);
        }),
    });
  }

  async run(): Promise<number> {
    const { session, options, channels } = this;
    if (session.notice !== undefined) this.say(session.notice);
    session.onOutput((port, bytes) => port === CONSOLE_PORT && channels.serial.write(bytes));
    session.onDivergence((message) => this.say(message));
    channels.serial.onData = (bytes) => this.type(bytes);
    new MonitorConsole(this.target, channels.monitor).greetUnlessMuxed(options.monitor !== options.serial);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => this.quit());
    const port = options.gdb && (await this.serveGdb(options.gdb.host, options.gdb.port));
    if (!options.startStopped && !this.ending) void this.resume();
    // A machine that stands still and a stdin that has ended are no reason to go: a signal may come.
    const alive = setInterval(() => {}, 2 ** 30);
    const code = await this.finished;
    clearInterval(alive);
    // What has been said leaves first, but a peer that does not read holds nothing up.
    const last = Promise.all([port?.close(), channels.serial.close(), channels.monitor.close()]);
    await Promise.race([last, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
    return code;
  }

  /** Ends the recording, flushes it, and the process. */
  quit(code = 0): void {
    if (this.ending) return;
    this.ending = true;
    this.gdb?.end();
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
      if (!this.gdb) this.fail(error);
      else this.say(messageOf(error));
    }
  }

  /** The machine ran freely and has stopped: at its end there is nothing left to do, unless someone debugs it. */
  private stopped(stop: TravelStop): void {
    const over = stop.kind === "history-end" || stop.kind === "shutdown";
    // The end of what is left of a damaged recording is not the end that was recorded.
    const damaged = this.session.notice !== undefined;
    if (over && this.gdb === undefined && this.options.shutdown) this.quit(damaged ? 1 : 0);
  }

  private fail(error: unknown): void {
    this.ending = true;
    this.say(messageOf(error));
    void this.session.dispose().finally(() => this.finish(1));
  }

  private type(bytes: Uint8Array): void {
    if (this.session.sendSerial(CONSOLE_PORT, bytes) || this.inputRefused || isTerminalReport(bytes)) return;
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

function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
