import { expect, it } from "vitest";
import { boards } from "./boards.ts";
import { createTranslator } from "./translator.ts";

it("every board's guest has a translator, for the page and the command line", () => {
  for (const { guest } of boards.all) expect(createTranslator(guest.name)({ id: 1, requests: [] }).id).toBe(1);
});
