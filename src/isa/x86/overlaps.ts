import type { Insn86 } from "./insn.ts";

/** Pairs of rows that one instruction could be: neither prefix, ModRM, place nor the size of code tells them apart. A build error. */
export function findOverlaps(rows: readonly Insn86[]): (readonly [Insn86, Insn86])[] {
  return rows.flatMap((a, n) => rows.slice(n + 1).flatMap((b) => (overlap(a, b) ? [[a, b] as const] : [])));
}

function overlap(a: Insn86, b: Insn86): boolean {
  const [one, other] = [a.opcode, b.opcode];
  if (one.map !== other.map) return false;
  if (one.only && other.only && one.only !== other.only) return false;
  if (one.prefix && other.prefix && one.prefix !== other.prefix) return false;
  if (!one.opcodes.some(({ opcode }) => other.opcodes.some((each) => each.opcode === opcode))) return false;
  return modrmOf(a).some((byte) => modrmOf(b).includes(byte));
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte);

/** What may follow the opcode, as far as the row asks. */
function modrmOf({ opcode: { modrm }, place }: Insn86): readonly number[] {
  if (!modrm) return BYTES;
  if (modrm.kind === "byte") return [modrm.byte];
  if (modrm.kind === "stack") return BYTES.filter((byte) => (byte & 0xf8) === modrm.byte);
  return BYTES.filter(
    (byte) =>
      (modrm.kind !== "extension" || ((byte >> 3) & 7) === modrm.extension) &&
      (place === undefined || (byte >> 6 === 3) === (place === "register")),
  );
}
