import { assert } from "../../base/index.ts";
import { bytes, describeState, group, type StateDescription } from "../state/index.ts";
import {
  BAR_PORTS,
  BAR_PREFETCHABLE,
  COMMAND_WRITABLE,
  Config,
  CONFIGURATION_BYTES,
  Message,
  MESSAGE_64_BITS,
  MESSAGE_ID,
  MESSAGE_WRITABLE,
  ROM_ENABLED,
  STATUS_CAPABILITIES,
} from "./configuration.ts";

/** Where a function's registers or memory are is said by the guest. */
export interface Bar {
  /** BAR 0 to 5, or the expansion ROM's. */
  readonly register: 0 | 1 | 2 | 3 | 4 | 5 | "rom";
  readonly space: "memory" | "ports";
  readonly prefetchable?: true;
  /** A power of two. */
  readonly size: number;
}

/** What a function is, as its header says. */
export interface FunctionIdentity {
  readonly name: string;
  readonly vendor: number;
  readonly device: number;
  readonly revision?: number;
  /** Base class and subclass. */
  readonly class: number;
  readonly programmingInterface?: number;
  readonly headerType?: number;
  /** 0: no interrupt; 1: INTA#. */
  readonly interruptPin?: number;
  readonly status?: number;
  /** Where its capability of message signalled interrupts is, if it has that; no other one is. */
  readonly messages?: number;
  readonly bars?: readonly Bar[];
  /** Its own registers, where they are not zero at power-on. */
  readonly own?: Readonly<Record<number, number>>;
  /** Those of them, all by their offsets, that a reset sets again. The others keep what they have, as in QEMU. */
  readonly resets?: readonly number[];
}

/** A function's configuration space: all that the state of most of them is. */
export interface PciState {
  config: Uint8Array;
}

export interface FunctionDescription extends StateDescription<PciState> {
  readonly messages: number | undefined;
  readonly bars: readonly Bar[];
  /** Bits that a guest's write changes, by offset. */
  readonly writable: Uint8Array;
}

/** Of what QEMU makes: 1AF4h, 1100h. */
const SUBSYSTEM = 0x1100_1af4;

export const barRegister = ({ register }: Bar): number =>
  register === "rom" ? Config.ROM : Config.BAR0 + 4 * register;

export function describeFunction(identity: FunctionIdentity): FunctionDescription {
  const { bars = [], messages, resets = [] } = identity;
  const config = header(identity);
  const again = [
    ...[...span(Config.COMMAND, 4), Config.CACHE_LINE, Config.INTERRUPT_LINE],
    ...[...bars.flatMap((bar) => span(barRegister(bar), 4)), ...resets],
    ...(messages === undefined ? [] : span(messages, Message.BYTES)),
  ];
  const field = bytes(CONFIGURATION_BYTES, config);
  const afterReset = (before: Uint8Array): Uint8Array => {
    const after = before.slice();
    for (const at of again) after[at] = config[at]!;
    return after;
  };
  const description = describeState(identity.name, 1, group({ config: { ...field, reset: afterReset } }));
  return { ...description, bars, messages, writable: writableBits(bars, messages) };
}

const span = (from: number, length: number): number[] => Array.from({ length }, (_, n) => from + n);

function header(identity: FunctionIdentity): Uint8Array<ArrayBuffer> {
  const config = new Uint8Array(CONFIGURATION_BYTES);
  const view = new DataView(config.buffer);
  view.setUint16(Config.VENDOR, identity.vendor, true);
  view.setUint16(Config.DEVICE, identity.device, true);
  view.setUint16(Config.STATUS, identity.status ?? 0, true);
  view.setUint8(Config.REVISION, identity.revision ?? 0);
  view.setUint8(Config.PROGRAMMING_INTERFACE, identity.programmingInterface ?? 0);
  view.setUint16(Config.CLASS, identity.class, true);
  view.setUint8(Config.HEADER_TYPE, identity.headerType ?? 0);
  view.setUint32(Config.SUBSYSTEM_VENDOR, SUBSYSTEM, true);
  view.setUint8(Config.INTERRUPT_PIN, identity.interruptPin ?? 0);
  for (const bar of identity.bars ?? []) view.setUint32(barRegister(bar), typeBits(bar), true);
  for (const [at, value] of Object.entries(identity.own ?? {})) config[Number(at)] = value;
  if (identity.messages !== undefined) {
    config[Config.STATUS]! |= STATUS_CAPABILITIES;
    config[Config.CAPABILITIES] = identity.messages;
    config[identity.messages + Message.ID] = MESSAGE_ID;
    config[identity.messages + Message.CONTROL] = MESSAGE_64_BITS;
  }
  return config;
}

function typeBits({ space, prefetchable }: Bar): number {
  if (space === "ports") return BAR_PORTS;
  return prefetchable ? BAR_PREFETCHABLE : 0;
}

function writableBits(bars: readonly Bar[], messages: number | undefined): Uint8Array {
  const writable = new Uint8Array(CONFIGURATION_BYTES).fill(0xff, Config.OWN);
  const view = new DataView(writable.buffer);
  if (messages !== undefined) writable.set(MESSAGE_WRITABLE, messages);
  view.setUint16(Config.COMMAND, COMMAND_WRITABLE, true);
  view.setUint8(Config.CACHE_LINE, 0xff);
  view.setUint8(Config.INTERRUPT_LINE, 0xff);
  for (const bar of bars) {
    assert((bar.size & (bar.size - 1)) === 0, `a BAR of ${bar.size} bytes`);
    view.setUint32(barRegister(bar), (-bar.size | (bar.register === "rom" ? ROM_ENABLED : 0)) >>> 0, true);
  }
  return writable;
}
