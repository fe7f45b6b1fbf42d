import { connect, type Socket } from "node:net";
import type { Kind } from "./kind.ts";

/** A client of a gdbstub: the few packets that lockstep needs. */
export class Rsp {
  private buffer = "";
  private wake: (() => void) | undefined;
  private failure: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.buffer += text;
      this.wake?.();
    });
    const ended = (error?: Error): void => {
      this.failure = error ?? new Error("the gdbstub hung up");
      this.wake?.();
    };
    socket.on("error", ended).on("close", () => ended());
  }

  /** Connects to a Unix socket. */
  static async connect(path: string): Promise<Rsp> {
    const socket = connect(path);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new Rsp(socket);
  }

  /** All registers, in hexadecimal, as the target lays them out. */
  dump(): Promise<string> {
    return this.exchange("g");
  }

  /** Those that are compared of a kind of machine. */
  async registers({ readPacket }: Pick<Kind, "readPacket">, into: BigUint64Array): Promise<void> {
    readPacket(Buffer.from(await this.dump(), "hex"), into);
  }

  /** Physical memory. */
  async memory(address: number, length: number): Promise<Uint8Array> {
    await this.exchange("Qqemu.PhyMemMode:1");
    const most = 0x400;
    let bytes = "";
    for (let at = 0; at < length; at += most)
      bytes += await this.exchange(`m${(address + at).toString(16)},${Math.min(most, length - at).toString(16)}`);
    await this.exchange("Qqemu.PhyMemMode:0");
    return new Uint8Array(Buffer.from(bytes, "hex"));
  }

  /** One instruction; false when the machine has ended instead. */
  async step(): Promise<boolean> {
    return (await this.exchange("s")).startsWith("T05");
  }

  /** A packet, and its answer. */
  ask(text: string): Promise<string> {
    return this.exchange(text);
  }

  /** A packet whose answer says nothing. */
  async send(text: string): Promise<void> {
    await this.exchange(text);
  }

  /** The numbers of the system registers that QEMU shows, by name. */
  async systemRegisters(): Promise<ReadonlyMap<string, number>> {
    await this.exchange("qXfer:features:read:target.xml:0,ffb");
    let text = "";
    for (let more = true; more;) {
      const reply = await this.exchange(`qXfer:features:read:system-registers.xml:${text.length.toString(16)},800`);
      text += reply.slice(1);
      more = reply.startsWith("m");
    }
    const registers = text.matchAll(/<reg name="(\w+)"[^>]* regnum="(\d+)"/g);
    return new Map(Array.from(registers, ([, name = "", number]) => [name, Number(number)]));
  }

  /** One register of 64 bits at most. */
  async register(number: number): Promise<bigint> {
    const bytes = Buffer.from(await this.exchange(`p${number.toString(16)}`), "hex");
    return BigInt(`0x${bytes.reverse().toString("hex") || "0"}`);
  }

  /** Runs to an instruction, at which the machine must come by. */
  async runTo(address: bigint): Promise<void> {
    const breakpoint = `1,${address.toString(16)},4`;
    await this.exchange(`Z${breakpoint}`);
    await this.exchange("c");
    await this.exchange(`z${breakpoint}`);
  }

  /** Runs to a position of a replay. */
  async replayTo(instructions: number): Promise<void> {
    const complaint = (await this.monitor(`replay_break ${instructions}`)).trim();
    if (complaint !== "") throw new Error(`QEMU: ${complaint}`);
    await this.exchange("c");
  }

  /** What a monitor's command says. */
  async monitor(command: string): Promise<string> {
    let text = "";
    let reply = await this.exchange(`qRcmd,${Buffer.from(command).toString("hex")}`);
    // Output comes in packets of its own before the OK.
    while (reply.startsWith("O") && reply !== "OK") {
      text += Buffer.from(reply.slice(1), "hex").toString();
      reply = await this.packet();
    }
    return text;
  }

  private exchange(text: string): Promise<string> {
    const sum = [...text].reduce((total, c) => (total + c.charCodeAt(0)) & 255, 0);
    this.socket.write(`$${text}#${sum.toString(16).padStart(2, "0")}`);
    return this.packet();
  }

  private async packet(): Promise<string> {
    for (;;) {
      const match = /\$([^#]*)#[0-9a-f]{2}/.exec(this.buffer);
      if (match) {
        this.buffer = this.buffer.slice(match.index + match[0].length);
        this.socket.write("+");
        return expand(match[1]!);
      }
      if (this.failure) throw this.failure;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  dispose(): void {
    this.socket.destroy();
  }
}

/** Run-length encoding of the protocol: a character, `*`, and 29 more than the repeats. */
function expand(text: string): string {
  return text.replace(/(.)\*(.)/gs, (_, c: string, count: string) => c.repeat(count.charCodeAt(0) - 28));
}
