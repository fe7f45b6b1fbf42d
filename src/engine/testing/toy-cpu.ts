import { Cpu } from "../cpu.ts";
import { Engine } from "../engine.ts";
import { buildInterpreter } from "../interpreter/interpreter.ts";
import { toy, toyState } from "./toy-guest.ts";

/** Not optimised: it is made in every test file that asks. */
export const toyInterpreter = (): WebAssembly.Module =>
  new WebAssembly.Module(Uint8Array.from(buildInterpreter(toy, { optimize: false }).wasm));

/** An access to a device. */
export interface Access {
  address: number;
  bytes: number;
  value?: number;
}
export const DEVICE = 0x100_0000;

/** 1 MB of RAM at 0, a program in it, and a device that notes what reaches it. */
export function bootToy(
  interpreter: WebAssembly.Module,
  program: readonly number[],
  at = 0,
  accesses: Access[] = [],
): Cpu {
  const cpu: Cpu = new Cpu(
    new Engine(toy, interpreter, [{ name: "ram", bytes: 1 << 20 }], {
      mmioRead(address, bytes) {
        if (address < DEVICE) return undefined;
        accesses.push({ address, bytes });
        return 0xa0000000 + accesses.length;
      },
      mmioWrite(address, bytes, value) {
        if (address < DEVICE) return false;
        accesses.push({ address, bytes, value });
        return true;
      },
      guest: {},
    }),
  );
  cpu.map.place(0, cpu.block("ram"));
  cpu.position = 0;
  place(cpu, at, program);
  cpu.writeState(toyState.pc, BigInt(at));
  cpu.stateChanged();
  return cpu;
}

/** Writes instruction words. */
export function place(cpu: Cpu, at: number, words: readonly number[]): void {
  cpu.physical.writeRam(at, new Uint8Array(new Uint32Array(words.map((w) => w >>> 0)).buffer));
}

/** Writes entries of a page table, by index. */
export function placeTable(cpu: Cpu, at: number, entries: readonly (readonly [number, number])[]): void {
  for (const [index, entry] of entries)
    cpu.physical.writeRam(at + index * 8, new Uint8Array(new BigUint64Array([BigInt(entry)]).buffer));
}

export const r = (cpu: Cpu, n: number): bigint => cpu.readState(toyState.r, n);

export function step(cpu: Cpu, count = 1): void {
  const until = cpu.position + count;
  while (cpu.position < until) cpu.run(until);
}
