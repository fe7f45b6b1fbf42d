// Our commands as bin/ has them, without the check whether they are built: `ours.mjs SYSTEM [options]`.
// @ts-check
import { join } from "node:path";
import { root } from "../support/process.mjs";

const { main } = await import(join(root, "build/command/main.js"));
const [system] = process.argv.splice(2, 1);
await main(system);
