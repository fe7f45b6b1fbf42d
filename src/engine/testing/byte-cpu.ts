import { Cpu } from "../cpu.ts";
import { Engine } from "../engine.ts";
import { buildInterpreter } from "../interpreter/interpreter.ts";
import { bytes, byteOpcode, byteState } from "./byte-guest.ts";
import type { ByteModel } from "./byte-model.ts";

export const byteInterpreter = (): WebAssembly.Module =>
  new WebAssembly.Module(Uint8Array.from(buildInterpreter(bytes, { optimize: false }).wasm));

export const BYTE_RAM = 1 << 20;

/** What a port says at a position. */
export const portSays = (port: number, position: number): number => Math.imul(port + 1, position + 1) | 0;

/** 1 MB of RAM at 0, ports, and no device. */
export function bootBytes(interpreter: WebAssembly.Module, code: readonly number[] = [], at = 0): Cpu {
  const cpu: Cpu = new Cpu(
    new Engine(bytes, interpreter, [{ name: "ram", bytes: BYTE_RAM }], {
      mmioRead: () => undefined,
      mmioWrite: () => false,
      portRead: (port) => portSays(port, cpu.position),
      portWrite: () => {},
      guest: {},
    }),
  );
  cpu.map.place(0, cpu.block("ram"));
  cpu.position = 0;
  cpu.physical.writeRam(at, Uint8Array.from(code));
  cpu.writeState(byteState.pc, BigInt(at));
  cpu.stateChanged();
  return cpu;
}

/** The first byte of an instruction. */
export const op = (name: string, r = 0): number => (byteOpcode(name) << 3) | r;

/** State by name, as one object each. */
export function stateOf(cpu: Cpu): Record<string, unknown> {
  const read = (field: (typeof byteState)["pc"], index = 0): bigint => cpu.readState(field, index);
  const { pc, table, trapPc, trapAddress, cause, enabled, halted, mode, flags, r } = byteState;
  return {
    position: cpu.position,
    ...{ pc: read(pc), table: read(table), trapPc: read(trapPc), trapAddress: read(trapAddress), cause: read(cause) },
    ...{
      enabled: read(enabled),
      halted: read(halted),
      mode: Number(read(mode)),
      zero: read(flags),
      carry: read(flags, 1),
    },
    r: Array.from({ length: 8 }, (_, n) => read(r, n)),
  };
}

export function stateOfModel(model: ByteModel): Record<string, unknown> {
  const { position, pc, table, trapPc, trapAddress, cause, enabled, halted, mode, zero, carry, r } = model;
  return { position, pc, table, trapPc, trapAddress, cause, enabled, halted, mode, zero, carry, r: [...r] };
}
