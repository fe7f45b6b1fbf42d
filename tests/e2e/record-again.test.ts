import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readFdt } from "../../src/machine/virt/fdt.ts";
import { smallProgram } from "../guests/programs/small.ts";
import { hindsight, hindsightCommand, type Running } from "./command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
const kernel = join(folder, "kernel");
beforeAll(async () => writeFileSync(kernel, await smallProgram()));
afterAll(() => rmSync(folder, { recursive: true }));

async function ended(machine: Running): Promise<{ code: number | null; output: string }> {
  const code = await machine.exit;
  return { code, output: machine.output.replace(/^compiling\n/, "") };
}

const machine = (...args: string[]): Running =>
  hindsight("-M", "virt", "-m", "64", "-display", "none", "-monitor", "stdio", ...args);

/** Records a machine that does not run, until its monitor ends it. */
async function record(file: string): Promise<string> {
  const recorder = machine("-S", "-kernel", kernel, "-icount", `shift=0,rr=record,rrfile=${file}`);
  await recorder.until("(qemu)");
  recorder.type("quit\n");
  const { code, output } = await ended(recorder);
  expect(code).toBe(0);
  return output;
}

it("recording where a recording is keeps that one under another name, and says so", { timeout: 120_000 }, async () => {
  const file = join(folder, "run");
  expect(await record(file)).not.toContain("was there already");
  const first = readFileSync(file);
  expect(await record(file)).toContain(`${file} was there already: it is now ${file}.1\n`);
  expect(await record(file)).toContain(`${file} was there already: it is now ${file}.2\n`);
  expect(readFileSync(`${file}.1`)).toEqual(first);
  expect(readdirSync(folder).filter((name) => name.endsWith(".lock"))).toEqual([]);
  expect(await ended(hindsightCommand("verify", `${file}.1`))).toMatchObject({ code: 0 });
  // What a script made with mktemp is nothing that could be lost.
  writeFileSync(join(folder, "empty"), "");
  expect(await record(join(folder, "empty"))).not.toContain("was there already");
});

it("dumpdtb writes the tree that the guest would get, and records nothing", { timeout: 60_000 }, async () => {
  const [tree, file] = [join(folder, "o.dtb"), join(folder, "kept")];
  const image = join(folder, "image");
  writeFileSync(file, "something");
  writeFileSync(image, new Uint8Array(4096).fill(1));
  const args = ["-M", `virt,dumpdtb=${tree}`, "-kernel", image, "-append", "quiet loglevel=3"];
  const { code, output } = await ended(machine(...args, "-icount", `shift=0,rr=record,rrfile=${file}`));
  expect(output).toBe(`hindsight-system-aarch64: info: dtb dumped to ${tree}. Exiting.\n`);
  expect(code).toBe(0);
  expect(readFileSync(file, "utf8")).toBe("something");
  const { root } = readFdt(new Uint8Array(readFileSync(tree)));
  const chosen = root.children.find(({ name }) => name === "chosen")!.properties;
  expect(Buffer.from(chosen.get("bootargs")!).toString()).toBe("quiet loglevel=3\0");
  expect(chosen.get("kaslr-seed")!.length).toBe(8);
  execFileSync("dtc", ["-I", "dtb", "-O", "dts", tree], { stdio: "ignore" });
});

it.each([
  ["-M virt,dumpdtb=/nonexistent/x", "-M dumpdtb: could not write '/nonexistent/x': no such file or directory"],
  ["-M virt,dumpdtb=x -icount rr=replay,rrfile=y", "-M dumpdtb: a replay has its recording's tree"],
  ["-M virt,dumpdtb=x -append y", "-append is only of use with -kernel"],
  ["-M virt -initrd y", "-initrd is only of use with -kernel"],
])("%s is refused in one line", { timeout: 60_000 }, async (line, message) => {
  const { code, output } = await ended(hindsight(...line.split(" "), "-display", "none"));
  expect(output).toBe(`hindsight-system-aarch64: ${message}\n`);
  expect(code).toBe(1);
  expect(existsSync("x")).toBe(false);
});
