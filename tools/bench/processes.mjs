// Whole processes, timed from their start to a line on their console.
// @ts-check
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/process.mjs";

export const readyLine = "Hindsight guest ready";
export const loop = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
/** The kernel prints its command line, too, but not so. */
export const done = "all done";
/** The loop without a prompt, as an addition to the command line: QEMU's replay of its own recording stops for ever at one. */
export const unattendedLoop = `rdinit=/bin/sh -- -c "${loop}; echo all do''ne; /bin/busybox poweroff -f"`;

/**
 * How a guest is booted, by both: QEMU's program for it and ours, without the build check of bin/, take the same options.
 * @typedef {{ qemu: string[], ours: string[], board: string[], append: string }} BootedGuest
 */
/** @param {string} system @param {string[]} board @param {string} console @returns {BootedGuest} */
const booted = (system, board, console) => ({
  qemu: [`qemu-system-${system}`],
  ours: [process.execPath, join(root, "tools/bench/ours.mjs"), system],
  board,
  append: `console=${console} nokaslr panic=-1`,
});
export const arm64 = booted("aarch64", ["-M", "virt", "-cpu", "cortex-a53"], "ttyAMA0");
export const amd64 = booted("x86_64", ["-M", "pc,smm=off", "-cpu", "qemu64,-svm"], "ttyS0");
export const { append, ours, qemu } = arm64;

/** @param {{ kernel: string, initrd: string }} files @param {string} log */
export function bootOptions(files, log, guest = arm64) {
  const machine = [...guest.board, "-m", "256", "-nographic", "-no-reboot", "-net", "none"];
  const images = ["-kernel", files.kernel, "-initrd", files.initrd, "-append", guest.append];
  return [...machine, ...images, "-icount", `shift=0,rr=record,rrfile=${log}`];
}

/**
 * Recorded boots of one guest, each a process of its own: milliseconds from its start to the ready line. `log`: where ours are
 * recorded. `kept` has what earlier boots translated, `first` nothing, `alone` the interpreter only.
 * @param {BootedGuest} guest @param {{ kernel: string, initrd: string }} files @param {string} folder
 */
export function recordedBoots(guest, files, folder) {
  const log = join(folder, "boot.hindsight");
  const boot = (/** @type {string} */ kept, /** @type {string[]} */ ...more) => {
    rmSync(log, { force: true });
    const env = { XDG_CACHE_HOME: join(folder, kept) };
    return timeToLine(guest.ours, [...bootOptions(files, log, guest), ...more], readyLine, { env });
  };
  return {
    log,
    theirs: () => timeToLine(guest.qemu, bootOptions(files, join(folder, "qemu.rr"), guest), readyLine),
    alone: () => boot("none", "-accel", "tcg,translate=off"),
    kept: () => boot("kept"),
    first: (/** @type {number} */ run) => boot(`kept-${run}`),
  };
}

/** A PC; no options. */
export const v86 = [process.execPath, join(root, "tools/bench/v86.mjs")];

/**
 * Milliseconds from the start of a process to a text on its console; the process is ended then, or left to end itself.
 * @param {string[]} command @param {string[]} options @param {string} text
 * @param {{ toTheEnd?: boolean, env?: Record<string, string> }} how
 * @returns {Promise<number>}
 */
export function timeToLine(command, options, text, { toTheEnd = false, env = {} } = {}) {
  const [program, ...first] = command;
  const start = performance.now();
  const child = spawn(/** @type {string} */ (program), [...first, ...options], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  return new Promise((resolve, reject) => {
    let seen = "";
    let elapsed = NaN;
    child.on("error", reject);
    child.stdout.on("data", (bytes) => {
      seen = (seen + bytes.toString("latin1")).slice(-4096);
      if (Number.isNaN(elapsed) && seen.includes(text)) {
        elapsed = performance.now() - start;
        if (!toTheEnd) child.kill("SIGTERM");
      }
    });
    child.on("close", () => {
      if (Number.isNaN(elapsed)) reject(new Error(`${program} ended before "${text}"`));
      else resolve(elapsed);
    });
  });
}

/**
 * Milliseconds that the boot and loop of unattended.mjs ran.
 * @param {string} how "record" or "bare" @param {{ kernel: string, initrd: string }} files @param {Record<string, string>} env
 */
export function unattended(how, { kernel, initrd }, env) {
  const script = join(root, "tools/bench/unattended.mjs");
  const { stdout, status } = spawnSync(process.execPath, [script, how, kernel, initrd], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`unattended.mjs ended with ${status}`);
  return /** @type {{ ms: number }} */ (JSON.parse(stdout)).ms;
}

/** A machine whose serial console is typed at. Times are milliseconds. */
export class Shell {
  start = performance.now();
  #seen = "";
  /** @type {{ text: string, resolve: (before: string) => void } | undefined} */
  #waiting;
  #child;
  #ended;

  /** @param {string[]} command @param {string[]} options @param {Record<string, string>} [env] */
  constructor(command, options, env = {}) {
    const [program, ...first] = command;
    this.#child = spawn(/** @type {string} */ (program), [...first, ...options], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, ...env },
    });
    this.#child.stdout.on("data", (bytes) => {
      this.#seen += bytes.toString("latin1");
      this.#look();
    });
    this.#ended = new Promise((resolve) => this.#child.on("close", resolve));
  }

  get elapsed() {
    return performance.now() - this.start;
  }

  /** The most memory it has had resident, in bytes; NaN where the host does not say. */
  get peakMemory() {
    const status = `/proc/${this.#child.pid}/status`;
    const text = existsSync(status) ? readFileSync(status, "utf8") : "";
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? NaN) * 1024;
  }

  #look() {
    const at = this.#waiting ? this.#seen.indexOf(this.#waiting.text) : -1;
    if (!this.#waiting || at < 0) return;
    const before = this.#seen.slice(0, at);
    this.#seen = this.#seen.slice(at + this.#waiting.text.length);
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve(before);
  }

  /** What the console shows before a text. @param {string} text @returns {Promise<string>} */
  #before(text) {
    const seen = new Promise((resolve) => {
      this.#waiting = { text, resolve };
      this.#look();
    });
    const ended = this.#ended.then(() => {
      throw new Error(`${this.#child.spawnargs[0]} ended before "${text}"`);
    });
    return Promise.race([seen, ended]);
  }

  /** From the start of the process to a text on its console. @param {string} text */
  async until(text) {
    await this.#before(text);
    return this.elapsed;
  }

  /** Types a command; from then to the next prompt. @param {string} command */
  async type(command) {
    const start = performance.now();
    this.#child.stdin.write(`${command}\n`);
    await this.until("\n");
    await this.until("# ");
    return performance.now() - start;
  }

  /** What the monitor that shares the console says to a command. @param {string} command */
  async monitor(command) {
    this.#child.stdin.write("\x01c");
    await this.#before("(qemu) ");
    this.#child.stdin.write(`${command}\n`);
    const answer = await this.#before("(qemu) ");
    this.#child.stdin.write("\x01c");
    return answer;
  }

  async end() {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }
}
