import type { ByteReader, ByteWriter } from "../base/index.ts";

/** Size in bytes of a device access. */
export type AccessSize = 1 | 2 | 4 | 8;

/** A device's registers, mapped at some physical address. Offsets are from its base. */
export interface MmioDevice {
  readonly name: string;
  /** Values are unsigned; up to 4 bytes. An 8-byte access reaches a device as two 4-byte ones, low half first. */
  read(offset: number, size: AccessSize): number;
  write(offset: number, size: AccessSize, value: number): void;
  /** Whether a read here changes the device; absent: any may. Debuggers read only where none does. */
  changesByRead?(offset: number): boolean;
}

/** State that belongs to the machine: saved in snapshots, hashed, restored. The bytes are a pure function of the state. */
export interface Stateful {
  readonly name: string;
  save(to: ByteWriter): void;
  load(from: ByteReader): void;
  /** As at power-on, but for what outlives a reset. */
  reset(): void;
  /** What debuggers show. */
  info(): readonly DeviceInfo[];
}

/** A device as debuggers show it. */
export interface DeviceInfo {
  readonly name: string;
  /** "field = value" */
  readonly lines: readonly string[];
}

/** An interrupt or signal wire. */
export interface Line {
  set(level: boolean): void;
}
