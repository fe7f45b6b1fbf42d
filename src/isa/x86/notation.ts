/**
 * How the manuals write an opcode, with what decoding makes of it:
 *
 *     "00+op*8+w /r"      "0F 40+cc /r"      "F7 /3"      "50+r d64"      "66 0F 6F /r"      "D9 E8"
 *
 * - a mandatory prefix: `NP` (none of 66, F3, F2), `66`, `F3`, `F2`; without one, a row is for all of them;
 * - the map: nothing, `0F`, `0F 38`;
 * - the opcode in hexadecimal, plus `w` (0: operands of 8 bits), `r` (a register), `cc` (a condition) in its low bits, and `op*N`: members N apart;
 * - ModRM: `/r`; `/0` to `/7`, what is in place of the register; `/op`, a split; then `E8`, all of it; `C0+i`, a register of x87;
 * - immediates: `ib`, `iw` of 8 and 16 bits; `iz` of the operand size, at most 32; `iv` of it; `moffs` of the address size;
 *   `cb`, `cz` displacements of branches; `cp`, a far pointer;
 * - `r8`, `rm8`: a register, or the place, of 8 bits whatever the operand size is;
 * - `as`: the address size matters, and a segment prefix, where nothing else says so (string instructions, LOOP);
 * - as in the opcode maps: `i64` not in 64-bit code, `o64` only there; `d64`, operands of 64-bit code have 64 bits unless 66 says 16.
 */
export interface OpcodeNotation {
  readonly text: string;
  readonly prefix: Prefix | undefined;
  readonly map: OpcodeMap;
  /** Opcodes that the row has, and what is split by them. */
  readonly opcodes: readonly Opcode[];
  readonly modrm: ModRm | undefined;
  readonly immediates: readonly Immediate[];
  readonly only: "64" | "not 64" | undefined;
  readonly default64: boolean;
  /** The opcode's low bits are a register. */
  readonly register: boolean;
  /** The opcode's low bit says the operand size. */
  readonly w: boolean;
  readonly addressSize: boolean;
  readonly byteRegister: boolean;
  readonly bytePlace: boolean;
}

export type Prefix = "NP" | "66" | "F3" | "F2";
export type OpcodeMap = "" | "0F" | "0F38";

export interface Opcode {
  readonly opcode: number;
  readonly op?: number;
  readonly cc?: number;
}

/** `/r`; an extension; a split; or bytes: a whole one, or one of x87's registers. */
export type ModRm =
  | { readonly kind: "register" }
  | { readonly kind: "extension"; readonly extension: number }
  | { readonly kind: "op" }
  | { readonly kind: "byte"; readonly byte: number }
  | { readonly kind: "stack"; readonly byte: number };

const IMMEDIATES = ["ib", "iw", "iz", "iv", "moffs", "cb", "cz", "cp"] as const;
export type Immediate = (typeof IMMEDIATES)[number];

export function parseNotation(text: string): OpcodeNotation {
  const tokens = text.split(" ");
  const wrong = (): never => {
    throw new Error(`opcode "${text}" is not written as one`);
  };
  let prefix: Prefix | undefined;
  // 66, F3 and F2 are prefixes where a map follows, or another opcode.
  if (/^(NP|66|F3|F2)$/.test(tokens[0]!) && tokens.length > 1) prefix = tokens.shift() as Prefix;
  let map: OpcodeMap = "";
  if (tokens[0] === "0F" && tokens.length > 1) {
    map = "0F";
    tokens.shift();
    if ((tokens[0] as string) === "38" && /^[0-9A-F]{2}/.test(tokens[1] ?? "")) {
      tokens.shift();
      map = "0F38";
    }
  }
  const first = /^([0-9A-F]{2})((?:\+(?:w|r|cc|op\*\d+))*)$/.exec(tokens.shift() ?? "") ?? wrong();
  const base = parseInt(first[1]!, 16);
  const parts = first[2]!.split("+").slice(1);
  const apart = parts.find((part) => part.startsWith("op*"));

  let modrm: ModRm | undefined;
  const immediates: Immediate[] = [];
  let only: OpcodeNotation["only"];
  let [default64, addressSize, byteRegister, bytePlace] = [false, false, false, false];
  for (const token of tokens) {
    const extension = /^\/([0-7])$/.exec(token);
    const byte = /^([0-9A-F]{2})(\+i)?$/.exec(token);
    if (token === "/r") modrm = { kind: "register" };
    else if (token === "/op") modrm = { kind: "op" };
    else if (extension) modrm = { kind: "extension", extension: Number(extension[1]) };
    else if (byte) modrm = { kind: byte[2] ? "stack" : "byte", byte: parseInt(byte[1]!, 16) };
    else if ((IMMEDIATES as readonly string[]).includes(token)) immediates.push(token as Immediate);
    else if (token === "i64") only = "not 64";
    else if (token === "o64") only = "64";
    else if (token === "d64") default64 = true;
    else if (token === "as") addressSize = true;
    else if (token === "r8") byteRegister = true;
    else if (token === "rm8") bytePlace = true;
    else wrong();
  }

  const opcodes: Opcode[] = [];
  const count = apart ? 8 : parts.includes("cc") ? 16 : 1;
  for (let n = 0; n < count; n++) {
    const split = apart ? { op: n } : parts.includes("cc") ? { cc: n } : {};
    const at = base + n * (apart ? Number(apart.slice(3)) : 1);
    for (let low = 0; low < (parts.includes("r") ? 8 : parts.includes("w") ? 2 : 1); low++)
      if (at + low < 256) opcodes.push({ opcode: at + low, ...split });
  }
  const [register, w] = [parts.includes("r"), parts.includes("w")];
  const noted = { text, prefix, map, opcodes, modrm, immediates, only, default64 };
  return { ...noted, register, w, addressSize, byteRegister, bytePlace };
}
