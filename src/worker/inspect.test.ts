import { expect, it } from "vitest";
import { machine as fakeMachine } from "../timetravel/testing/sessions.ts";
import { inspect } from "./inspect.ts";

const request = { codeAddress: 0n, codeScroll: 0, codeLines: 1, memoryAddress: 0n, memoryBytes: 16, syntax: undefined };

// Regression: the page took the first word for the mnemonic, and showed "rep" of "movsl (%rsi), %es:(%rdi)".
it.each([
  [{ mnemonic: "rep movsl", text: "rep movsl (%rsi), %es:(%rdi)" }, "(%rsi), %es:(%rdi)"],
  [{ mnemonic: "add", text: "add     x0, x1, x2" }, "x0, x1, x2"],
  [{ mnemonic: "hlt", text: "hlt" }, ""],
])("splits code where the guest says that its mnemonic ends: %o", (shown, operands) => {
  const machine = fakeMachine();
  Object.assign(machine.debug, { disassemble: () => ({ ...shown, length: 4 }), readRegister: () => new Uint8Array(8) });
  expect(inspect(machine, undefined, request).code).toMatchObject([{ mnemonic: shown.mnemonic, operands }]);
});
