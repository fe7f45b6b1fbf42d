// What is built from the sources, each thing only when something that it is made from is newer.
// @ts-check
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { guestFolder } from "../guest/index.mjs";
import { root, run, runNode, stale } from "./process.mjs";

const typescript = "node_modules/typescript/bin/tsc";
/** A guest's interpreter, and what it is made from. @param {string} guest */
export const interpreterOf = (guest) => `build/interpreter-${guest}.wasm`;
/** The guests that boards have: those whose interpreters the page names. */
export const guests = readdirSync(join(root, "src/isa")).filter((name) =>
  readFileSync(join(root, "src/worker/interpreters.ts"), "utf8").includes(interpreterOf(name)),
);
export const interpreterSources = ["src/base", "src/isa", "src/wasm", "src/engine"];
/** What decides how a recording replays. */
export const machineSources = [...interpreterSources, "src/hardware", "src/machine", "src/timetravel"];
/** The recording that comes with a site. */
export const demoRecording = join(guestFolder, "demo.hindsight");
/** What was translated while it was made. */
export const demoTranslations = join(guestFolder, "demo.translations");

/** Installs the dependencies unless those that package-lock.json names are there. */
export function installDependencies() {
  if (dependenciesAreInstalled()) return true;
  process.stderr.write("installing dependencies\n");
  return run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}

function dependenciesAreInstalled() {
  // npm's own note of what it installed.
  const note = join(root, "node_modules/.package-lock.json");
  if (!existsSync(note)) return false;
  const [wanted, installed] = [join(root, "package-lock.json"), note].map((file) => packagesOf(file));
  return Object.entries(wanted ?? {}).every(([path, { version, optional }]) => {
    const there = installed?.[path];
    return path === "" || (there === undefined ? optional === true : there.version === version);
  });
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }>} */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

/** Bundles the commands to build/command/ when a source is newer. */
export function buildCommandLine() {
  const configuration = "tools/command-line.config.ts";
  const stamp = "build/command.stamp";
  if (!stale(stamp, ["src", configuration, "tools/bundle-binaryen.ts", "package-lock.json"])) return true;
  process.stderr.write("bundling the commands\n");
  const started = ["build", "--logLevel=error", "--config", configuration];
  if (!runNode("node_modules/vite/bin/vite.js", started, { NODE_ENV: "production" })) return false;
  touch(stamp);
  return true;
}

/** Compiles what the demo is recorded with, and the bridge. */
export function buildTools() {
  return compile("build/tools.stamp", ["src/cli", "src/worker"]);
}

/** Generates the interpreters when what they are made from is newer. */
export function buildInterpreter() {
  if (!guests.some((guest) => stale(interpreterOf(guest), interpreterSources))) return true;
  process.stderr.write("building the interpreter\n");
  return run("npm", ["run", "--silent", "build:interpreter"]);
}

/** Records the demo when the guest or the machine is another one. False: the page goes without. */
export function recordDemo() {
  return runNode("tools/demo/main.mjs", []);
}

/** Bundles the page into a folder of the project when a source is newer. @param {string} folder */
export function buildPage(folder) {
  const sources = ["src", "public", "index.html", "vite.config.ts", "package-lock.json", ...guests.map(interpreterOf)];
  // A stamp: the page itself may be half of one, when a build was interrupted.
  const stamp = `build/${basename(folder)}.stamp`;
  if (existsSync(join(root, folder, "index.html")) && !stale(stamp, sources)) return true;
  process.stderr.write("bundling the page\n");
  // A test that builds it must not leave a development build behind.
  const production = { NODE_ENV: "production" };
  if (!runNode("node_modules/vite/bin/vite.js", ["build", "--logLevel=error", "--outDir", folder], production))
    return false;
  touch(stamp);
  return true;
}

/** @param {string} stamp @param {string[]} projects */
function compile(stamp, projects) {
  if (!stale(stamp, ["src"])) return true;
  process.stderr.write("compiling\n");
  if (!runNode(typescript, ["-b", ...projects])) return false;
  touch(stamp);
  return true;
}

/** @param {string} file */
function touch(file) {
  writeFileSync(join(root, file), "", { flag: "a" });
  const now = new Date();
  utimesSync(join(root, file), now, now);
}
