import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { AccessSize } from "../../src/hardware/index.ts";

const suffix = { 1: "b", 2: "w", 4: "l", 8: "q" } as const;

const boards = {
  virt: ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-m", "256", "-serial", "null"],
  pc: ["qemu-system-x86_64", "-M", "pc,smm=off", "-m", "64", "-serial", "null", "-parallel", "null"],
  /** Its own defaults. */
  "pc as it is": ["qemu-system-x86_64", "-M", "pc,smm=off", "-m", "64"],
} as const;

/**
 * QEMU's own devices, driven register by register through its test protocol, the CPU stopped.
 * Commands are sent in batches: each `read` resolves with its answer.
 */
export class Qtest {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly waiting: ((answer: string) => void)[] = [];
  /** Levels of the intercepted inputs. */
  readonly lines = new Map<number, boolean>();

  constructor(args: readonly string[] = [], board: keyof typeof boards = "virt") {
    const [program, ...machine] = boards[board];
    const common = ["-display", "none", "-nic", "none", "-S", "-qtest", "stdio"];
    this.process = spawn(program, [...machine, ...common, "-qtest-log", "/dev/null", ...args]);
    this.process.stderr.resume();
    this.process.stdin.on("error", () => {});
    this.process.on("close", () => this.waiting.splice(0).forEach((done) => done("FAIL qemu ended")));
    createInterface(this.process.stdout).on("line", (line) => {
      const irq = /^IRQ (raise|lower) (\d+)/.exec(line);
      if (irq) this.lines.set(Number(irq[2]), irq[1] === "raise");
      else this.waiting.shift()?.(line);
    });
  }

  /** The answer behind OK. */
  command(text: string): Promise<string> {
    this.process.stdin.write(`${text}\n`);
    return new Promise((resolve, reject) => {
      this.waiting.push((line) => {
        if (line.startsWith("OK")) resolve(line.slice(3).trim());
        else reject(new Error(`${text}: ${line}`));
      });
    });
  }

  async read(address: number, size: AccessSize): Promise<number> {
    return Number(await this.command(`read${suffix[size]} 0x${address.toString(16)}`));
  }

  async write(address: number, size: AccessSize, value: number): Promise<void> {
    await this.command(`write${suffix[size]} 0x${address.toString(16)} 0x${value.toString(16)}`);
  }

  async readPort(port: number, size: 1 | 2 | 4 = 1): Promise<number> {
    return Number(await this.command(`in${suffix[size]} 0x${port.toString(16)}`));
  }

  async writePort(port: number, value: number, size: 1 | 2 | 4 = 1): Promise<void> {
    await this.command(`out${suffix[size]} 0x${port.toString(16)} 0x${value.toString(16)}`);
  }

  /** Reports the levels of a device's outputs in `lines` from now on; they lead nowhere else any more. */
  async watchOutputs(path: string): Promise<void> {
    await this.command(`irq_intercept_out ${path}`);
  }

  /** Reports the levels of a device's inputs in `lines` from now on. */
  async watchInputs(path: string): Promise<void> {
    await this.command(`irq_intercept_in ${path}`);
  }

  async setInput(path: string, number: number, level: boolean): Promise<void> {
    await this.command(`set_irq_in ${path} unnamed-gpio-in ${number} ${level ? 1 : 0}`);
  }

  /** A PC's reset by its reset control register, when it is done: a mask of the interrupt controller is gone. */
  async reset(): Promise<void> {
    await this.writePort(0x21, 0x55);
    await this.writePort(0xcf9, 6);
    while ((await this.readPort(0x21)) === 0x55);
  }

  end(): void {
    this.process.kill();
  }
}
