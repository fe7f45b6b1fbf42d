import type { StateField } from "../index.ts";
import { DESC } from "./descriptors.ts";
import { missingOn, type ModelName, MODELS, signatureOf } from "./models.ts";
import { CS, DS, ES, FS, GS, LDTR, RDX, SS, state, type SystemSlot, systemSlot, TR } from "./state.ts";

const DATA = DESC.P | DESC.S | DESC.RW | DESC.A;

type Write = (field: StateField, value: bigint, index?: number) => void;

/** State at power-on: writes every field that is not zero. Volume 3, table 9-1. */
export function reset(write: Write, name: ModelName = "qemu64"): void {
  const model = MODELS.findIndex((one) => one.name === name);
  write(state.model, BigInt(model));
  write(state.missing, BigInt(missingOn(model)));
  const segment = (index: number, attributes: number): void => {
    write(state.segmentLimit, 0xffffn, index);
    write(state.segmentAttributes, BigInt(attributes), index);
  };
  for (const index of [ES, SS, DS, FS, GS]) segment(index, DATA);
  segment(CS, DATA | DESC.CODE);
  segment(LDTR, DESC.P | (2 << 8));
  segment(TR, DESC.P | (11 << 8));
  write(state.selector, 0xf000n, CS);
  write(state.segmentBase, 0xffff_0000n, CS);
  write(state.pc, 0xffff_fff0n);
  write(state.r, BigInt(signatureOf(model)), RDX);
  const slots = {
    ...{ CR0: 0x6000_0010n, GDT_LIMIT: 0xffffn, IDT_LIMIT: 0xffffn, DR6: 0xffff_0ff0n, DR7: 0x400n },
    ...{ PAT: 0x0007_0406_0007_0406n, MISC_ENABLE: 1n, MCG_CTL: -1n },
  } as const;
  for (const [slot, value] of Object.entries(slots)) write(state.system, value, systemSlot[slot as keyof typeof slots]);
  for (let bank = 0; bank < 10; bank++) write(state.machineChecks, -1n, 4 * bank);
  write(state.mxcsr, 0x1f80n);
  write(state.fpuControl, 0x37fn);
  for (let n = 0; n < 8; n++) write(state.fpuEmpty, 1n, n);
  write(state.a20, 1n);
}

const KEPT_SLOTS: readonly SystemSlot[] = [
  ...(["STAR", "LSTAR", "CSTAR", "FMASK", "KERNEL_GS_BASE", "SYSENTER_CS", "SYSENTER_ESP", "SYSENTER_EIP"] as const),
  ...(["TSC_OFFSET", "PAT", "MISC_ENABLE", "MCG_STATUS", "MCG_CTL"] as const),
];
const KEPT_FIELDS: ReadonlySet<StateField> = new Set([
  ...[state.xmm, state.mxcsr, state.significand, state.exponent, state.fpuEmpty, state.fpuControl, state.fpuStatus],
  ...[state.fpuPointers, state.fpuOpcode, state.fpuSelectors, state.machineChecks, state.missing, state.model],
]);

/** INIT: as a reset, but for x87, SSE and model-specific registers. As QEMU's, it opens the gate of address line 20, and clears the MTRRs. */
export function initialise(write: Write, name: ModelName): void {
  const kept = (field: StateField, index: number): boolean =>
    KEPT_FIELDS.has(field) || (field === state.system && KEPT_SLOTS.some((slot) => systemSlot[slot] === index));
  const change: Write = (field, value, index = 0) => {
    if (!kept(field, index)) write(field, value, index);
  };
  for (const field of Object.values(state)) for (let i = 0; i < field.count; i++) change(field, 0n, i);
  reset(change, name);
}
