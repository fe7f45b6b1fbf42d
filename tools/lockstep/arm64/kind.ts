import type { Kind } from "../kind.ts";
import { Arm64Dumps } from "./dump.ts";
import { interpreterLikeReference } from "./identity.ts";
import { Arm64 } from "./ours.ts";
import { PSTATE, registers } from "./registers.ts";

/** `virt` with a cortex-a53. */
export const arm64: Kind = {
  registers,
  program: "qemu-system-aarch64",
  options: () => ["-M", "virt,dtb-randomness=off", "-cpu", "cortex-a53"],
  ramBase: 0x4000_0000,
  sleep: "off",
  append: "console=ttyAMA0 nokaslr",
  readPacket(bytes, into) {
    for (let n = 0; n < PSTATE; n++) into[n] = bytes.readBigUInt64LE(8 * n);
    into[PSTATE] = BigInt(bytes.readUInt32LE(8 * PSTATE));
  },
  dumps: () => new Arm64Dumps(),
  interpreter: interpreterLikeReference,
  ours: (guest, interpreter) => new Arm64(guest, interpreter),
};
