import type { Decoded } from "../../isa/index.ts";
import { BYTE_INTERRUPT, BYTE_TRAP, bytes } from "./byte-guest.ts";
import { ACCESSED, DIRTY, PRESENT, WRITABLE } from "./toy-paged.ts";

const M = (value: bigint): bigint => BigInt.asUintN(64, value);
const PAGE = 4096n;
const MIX = [6364136223846793005n, 1442695040888963407n] as const;

/** A debugger stops before an access: there is no step. */
class Stopped extends Error {}

class Trap extends Error {
  constructor(
    readonly why: bigint,
    readonly address: bigint,
  ) {
    super("trap");
  }
}

/** The byte guest once more, step by step in plain TypeScript: no caches, no engine, only its decoder is shared. */
export class ByteModel {
  readonly memory: Uint8Array;
  readonly r = new Array<bigint>(8).fill(0n);
  pc = 0n;
  table = 0n;
  trapPc = 0n;
  trapAddress = 0n;
  cause = 0n;
  enabled = 0n;
  halted = 0n;
  mode = 0;
  zero = 0n;
  carry = 0n;
  position = 0;
  readonly ports: [port: number, value?: number][] = [];
  /** Where the instruction of the last step began: its page of memory and its byte there. */
  place = { page: 0, unit: 0 };
  /** Whether a debugger stops before this access, which does not fault. */
  watch: (va: bigint, count: number) => boolean = () => false;

  constructor(ramBytes: number) {
    this.memory = new Uint8Array(ramBytes);
  }

  /** One step; false when a debugger stopped it. `portRead`: what a port says. */
  step(portRead: (port: number) => number): boolean {
    this.position++;
    if (this.halted) return true;
    const at = this.pc;
    try {
      const decoded = this.fetch(at);
      this.pc = M(at + BigInt(decoded.length));
      this.execute(decoded, at, portRead);
    } catch (trap) {
      if (trap instanceof Stopped) {
        this.position--;
        this.pc = at;
        return false;
      }
      this.trap(trap, at);
    }
    return true;
  }

  interrupt(): void {
    this.position++;
    const at = this.pc;
    try {
      this.push(at);
      this.pc = BYTE_INTERRUPT;
      this.enabled = this.halted = 0n;
    } catch (trap) {
      this.trap(trap, at);
    }
  }

  private trap(trap: unknown, at: bigint): void {
    if (!(trap instanceof Trap)) throw trap;
    Object.assign(this, { trapPc: at, trapAddress: trap.address, cause: trap.why, pc: BYTE_TRAP });
    Object.assign(this, { enabled: 0n, halted: 0n, table: 0n, mode: 0 });
  }

  /** The entry of the page table that maps an address; 0: none does. */
  private entry(va: bigint): { readonly at: number; readonly entry: bigint } {
    const at = M((this.table & ~7n) + ((va >> 12n) & 511n) * 8n);
    return { at: Number(at), entry: at + 8n <= BigInt(this.memory.length) ? this.word(Number(at), 8) : 0n };
  }

  private maps(va: bigint, write: boolean): boolean {
    if (this.table === 0n) return true;
    const wanted = BigInt(write ? PRESENT | WRITABLE : PRESENT);
    return (this.entry(va).entry & wanted) === wanted;
  }

  private translate(va: bigint, write: boolean): bigint {
    if (!this.maps(va, write)) throw new Trap(1n, va);
    if (this.table === 0n) return va & ~(PAGE - 1n);
    const { at, entry } = this.entry(va);
    this.memory[at]! |= write ? ACCESSED | DIRTY : ACCESSED;
    return entry & ~(PAGE - 1n);
  }

  private word(at: number, count: number): bigint {
    let value = 0n;
    for (let n = count - 1; n >= 0; n--) value = (value << 8n) | BigInt(this.memory[at + n]!);
    return value;
  }

  private inRam = (page: bigint): boolean => page < BigInt(this.memory.length);

  private fetch(pc: bigint): Decoded {
    const offset = Number(pc & (PAGE - 1n));
    const part = (va: bigint): Uint8Array => {
      const page = this.translate(va, false);
      if (!this.inRam(page)) throw new Trap(3n, va);
      return this.memory.subarray(Number(page), Number(page + PAGE));
    };
    const page = part(pc);
    this.place = { page: page.byteOffset / Number(PAGE), unit: offset };
    const first = page.subarray(offset, offset + 5);
    const decoded = bytes.code.decode(first, this.mode);
    if (decoded) return decoded as Decoded;
    const second = part(M((pc & ~(PAGE - 1n)) + PAGE));
    return bytes.code.decode(Uint8Array.from([...first, ...second]).subarray(0, 5), this.mode) as Decoded;
  }

  /** Physical addresses of the bytes of an access. */
  private access(va: bigint, count: number, write: boolean): number[] {
    const offset = Number(va & (PAGE - 1n));
    const next = M((va & ~(PAGE - 1n)) + PAGE);
    const crosses = offset + count > Number(PAGE);
    // A debugger is asked before a walk marks anything.
    if (this.maps(va, write) && (!crosses || this.maps(next, write)) && this.watch(va, count))
      throw new Stopped("stop");
    const first = this.translate(va, write);
    const second = crosses ? this.translate(next, write) : first;
    if (!this.inRam(first) || !this.inRam(second)) throw new Trap(3n, va);
    return Array.from({ length: count }, (_, n) =>
      offset + n < Number(PAGE) ? Number(first) + offset + n : Number(second) + offset + n - Number(PAGE),
    );
  }

  private load(va: bigint, count: number): bigint {
    return this.access(M(va), count, false).reduceRight((value, at) => (value << 8n) | BigInt(this.memory[at]!), 0n);
  }

  private store(va: bigint, count: number, value: bigint): void {
    this.access(M(va), count, true).forEach((at, n) => {
      this.memory[at] = Number((value >> BigInt(8 * n)) & 0xffn);
    });
  }

  private push(value: bigint): void {
    this.store(this.r[7]! - 8n, 8, value);
    this.r[7] = M(this.r[7]! - 8n);
  }

  private pop(): bigint {
    const value = this.load(this.r[7]!, 8);
    this.r[7] = M(this.r[7]! + 8n);
    return value;
  }

  private result(value: bigint): bigint {
    this.zero = M(value) === 0n ? 1n : 0n;
    this.carry = 0n;
    return M(value);
  }

  private setPart(byte: number, count: number, value: bigint): void {
    const mask = ((1n << BigInt(8 * count)) - 1n) << BigInt(8 * (byte & 7));
    this.r[byte >> 3] = (this.r[byte >> 3]! & ~mask) | ((value << BigInt(8 * (byte & 7))) & mask);
  }

  private execute({ row, splits, fields }: Decoded, at: bigint, portRead: (port: number) => number): void {
    const { r: a = 0, b = 0, imm = 0, to = 0, from = 0 } = fields;
    const { r } = this;
    const immediate = BigInt(imm);
    const address = M(r[b]! + immediate);
    const count = 1 << (splits["size"] ?? 0);
    switch (row.name) {
      case "INC":
        r[a] = this.result(r[a]! + 1n);
        break;
      case "LI":
        r[a] = M(immediate);
        break;
      case "ADD":
        r[a] = this.result(r[a]! + r[b]!);
        break;
      case "CMP":
        this.zero = r[a] === r[b] ? 1n : 0n;
        this.carry = r[a]! < r[b]! ? 1n : 0n;
        break;
      case "BCC": {
        const cc = splits["cc"]!;
        const flag = cc >> 1 === 0 ? this.zero : this.carry;
        if (cc === 4 || flag === (cc & 1 ? 0n : 1n)) this.pc = M(this.pc + immediate);
        break;
      }
      case "JUMP":
        this.pc = r[a]!;
        break;
      case "LOAD":
        r[a] = this.load(address, count);
        break;
      case "STORE":
        this.store(address, count, r[a]!);
        break;
      case "PUSH":
        this.push(r[a]!);
        break;
      case "POP":
        r[a] = this.pop();
        break;
      case "CALL":
        this.push(this.pc);
        this.pc = M(this.pc + immediate);
        break;
      case "RET":
        this.pc = this.pop();
        break;
      case "FILL":
        if (r[1] === 0n) break;
        this.store(r[2]!, 1, r[0]!);
        r[2] = M(r[2]! + 1n);
        r[1] = r[1]! - 1n;
        this.pc = at;
        break;
      case "MOVB":
        this.setPart(to, 1, r[from >> 3]! >> BigInt(8 * (from & 7)));
        break;
      case "MOVW":
        this.setPart(8 * a, 2, r[b]!);
        break;
      case "IN":
        r[a] = BigInt(portRead(imm) >>> 0);
        this.ports.push([imm]);
        break;
      case "OUT":
        this.ports.push([imm, Number(BigInt.asIntN(32, r[a]!))]);
        break;
      case "HALT":
        this.halted = 1n;
        break;
      case "MODE":
        this.mode = splits["mode"]!;
        break;
      case "TABLE":
        this.table = r[a]!;
        break;
      case "ENABLE":
        this.enabled = BigInt(splits["on"]!);
        break;
      case "IRET":
        this.pc = this.pop();
        this.enabled = 1n;
        break;
      case "MIX": {
        let value = r[b]!;
        for (let n = 0; n < 3; n++) value = M(value * MIX[0] + MIX[1]);
        r[a] = value;
        break;
      }
      case "TIME":
        r[a] = BigInt(this.position - 1);
        break;
      case "PUSH2":
        this.store(r[7]! - 8n, 8, r[a]!);
        this.store(r[7]! - 16n, 8, r[b]!);
        r[7] = M(r[7]! - 16n);
        break;
      default:
        throw new Trap(4n, 0n);
    }
  }
}
