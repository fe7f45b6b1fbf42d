// Our command as bin/ has it, without the check whether it is built.
// @ts-check
import { join } from "node:path";
import { root } from "../support/process.mjs";

const { main } = await import(join(root, "build/command/main.js"));
await main("aarch64");
