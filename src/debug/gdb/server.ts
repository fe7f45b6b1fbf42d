import { type Disposable, DisposableStore, messageOf } from "../../base/index.ts";
import { Monitor } from "../monitor/monitor.ts";
import type { DebugTarget } from "../target.ts";
import type { Transport } from "../transport.ts";
import { type Client, INVALID, type Reply } from "./client.ts";
import { breakpoints } from "./handlers/breakpoints.ts";
import { memory } from "./handlers/memory.ts";
import { motion } from "./handlers/motion.ts";
import { ALL_STEP_BITS, queries } from "./handlers/queries.ts";
import { registers } from "./handlers/registers.ts";
import { exited } from "./stop.ts";
import { encodePacket, PacketReader, textToHex, type WireEvent } from "./wire.ts";

/** Longest prefix first, so that `vCont;` is found before `v` would be. */
const handlers = [...queries, ...motion, ...registers, ...memory, ...breakpoints].sort(
  ([a], [b]) => b.length - a.length,
);

/** Packets that stand alone: anything behind them makes another, unknown packet. */
const exact = new Set([
  ...["?", "g", "bs", "bc", "k", "qfThreadInfo", "qsThreadInfo", "qC", "QStartNoAckMode", "vCont?"],
  ...["qqemu.PhyMemMode", "qqemu.sstepbits", "qqemu.sstep"],
]);

/** gdb waits for each reply, so a long queue is not gdb. */
const QUEUE_PACKETS = 64;
/** Of text, in one `O` packet. */
const OUTPUT_CHARACTERS = 1024;

/** Called when gdb has come or gone, for whoever shows it. */
export interface ServerEvents {
  attached?(): void;
  detached?(): void;
}

/**
 * The meaning of gdb's remote protocol for one client: bytes in through `receive`, bytes out through the transport.
 * Attaching stops the machine, and keeps a snapshot of that moment when the session has none, so that reversing
 * to the attach always works.
 */
export class GdbServer implements Disposable {
  private readonly reader = new PacketReader();
  private readonly client: Client;
  /** Packets are answered one after the other; only Ctrl-C and acknowledgements overtake. */
  private work: Promise<void>;
  private pending = 0;
  private lastSent: Uint8Array<ArrayBuffer> | undefined;
  private leaving: (() => void) | undefined;
  private gone = false;
  /** Others stop the machine too, and some things gdb's user must be told. */
  private readonly watching = new DisposableStore();

  constructor(
    target: DebugTarget,
    private readonly transport: Transport,
    private readonly events: ServerEvents = {},
  ) {
    this.client = {
      target,
      machine: target.session.machine,
      monitor: new Monitor(target),
      hits: target.hits.owner(),
      multiprocess: false,
      physicalMemory: false,
      stepBits: ALL_STEP_BITS,
      acknowledge: true,
      lastStop: undefined,
      notice: undefined,
      interruptRequested: false,
      presented: true,
      print: (text) => this.print(text),
      leave: (after) => (this.leaving = after),
    };
    this.watching.add(target.control.onHalt(() => this.halted()));
    this.watching.add(
      target.onNews((line) => {
        if (!target.answering) this.client.notice = `${this.client.notice ?? ""}${line}\n`;
      }),
    );
    this.work = this.attach();
  }

  /** Bytes from gdb, in pieces of any size. Nothing in them can make this throw. */
  receive(bytes: Uint8Array): void {
    for (const event of this.reader.read(bytes)) if (!this.gone) this.take(event);
  }

  /** Resolves when all packets so far have been answered. */
  answered(): Promise<void> {
    return this.work;
  }

  /** The machine goes away: a gdb that waits for it hears of its end. */
  end(): void {
    if (this.gone) return;
    if (this.pending > 0) this.send(exited(this.client));
    this.hangUp();
  }

  /** The connection is gone: ends gdb's motion, removes its points, and leaves the machine where it stands. */
  dispose(): void {
    if (this.gone) return;
    this.gone = true;
    if (this.pending > 0) this.interrupt();
    this.watching.dispose();
    this.client.hits.dispose();
    this.events.detached?.();
  }

  private async attach(): Promise<void> {
    const { target } = this.client;
    try {
      await target.control.exclusive(async () => {
        if (target.session.snapshots().length === 0) await target.session.saveSnapshot("start_debugging");
      });
    } catch (error) {
      target.host.message(`gdb: ${messageOf(error)}`);
    }
    if (!this.gone) this.events.attached?.();
  }

  private take(event: WireEvent): void {
    switch (event.kind) {
      case "ack":
        return;
      case "nak":
        // While an answer is awaited, gdb's patience is over: what it got before it would take for that answer.
        if (this.lastSent && this.pending === 0 && this.client.acknowledge) this.transport.send(this.lastSent);
        return;
      case "interrupt":
        return this.interrupt();
      case "damaged":
        return this.acknowledge("-");
      case "too-long":
        this.acknowledge("+");
        return this.send(INVALID);
      case "packet":
        this.acknowledge("+");
        return this.enqueue(event.data);
    }
  }

  /**
   * Ctrl-C: gdb sends it only while to its user the machine runs, be it before the packets of a `continue` have gone out
   * or with a stop on its way to gdb. It is meant for the next motion, unless gdb shows its user a stop before.
   */
  private interrupt(): void {
    this.client.interruptRequested = true;
    if (this.client.target.session.running) this.client.target.session.interrupt();
  }

  /** Another party stopped the machine: a motion of a gdb whose user thinks that it runs ends, too. */
  private halted(): void {
    if (!this.client.presented) this.interrupt();
  }

  private enqueue(packet: string): void {
    if (this.pending === QUEUE_PACKETS) return this.hangUp();
    this.pending++;
    this.work = this.work.then(async () => {
      if (!this.gone) await this.answer(packet);
      this.pending--;
    });
  }

  private async answer(packet: string): Promise<void> {
    let reply: Reply;
    try {
      reply = await this.handle(packet);
    } catch (error) {
      // A user's mistake, or a bug of ours: gdb and the machine live on.
      this.client.target.host.message(`gdb: ${messageOf(error)}`);
      reply = `E.${messageOf(error)}`;
    }
    if (this.gone) return;
    if (reply !== undefined) this.send(reply);
    const after = this.leaving;
    if (!after) return;
    this.hangUp();
    after();
  }

  private handle(packet: string): Reply | Promise<Reply> {
    const row = handlers.find(([prefix]) => (exact.has(prefix) ? packet === prefix : packet.startsWith(prefix)));
    if (!row) return "";
    const [prefix, handler] = row;
    return handler(this.client, packet.slice(prefix.length));
  }

  private hangUp(): void {
    if (this.gone) return;
    this.transport.close();
    this.dispose();
  }

  private acknowledge(sign: "+" | "-"): void {
    if (this.client.acknowledge) this.transport.send(new TextEncoder().encode(sign));
  }

  private send(reply: string): void {
    this.lastSent = encodePacket(reply);
    this.transport.send(this.lastSent);
  }

  private print(text: string): void {
    for (let at = 0; at < Math.max(1, text.length) && !this.gone; at += OUTPUT_CHARACTERS) {
      this.send("O" + textToHex(text.slice(at, at + OUTPUT_CHARACTERS)));
    }
  }
}
