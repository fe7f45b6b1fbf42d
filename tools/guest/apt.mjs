// Debian packages for other architectures through the host's own apt, in a private state folder: nothing of the host's apt is
// touched, no root is needed, and apt itself checks the signed index and the packages' hashes.
// @ts-check
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** @typedef {{ name: string, version: string, file: string }} Package */

/**
 * Which archives: the host's release for an architecture, arm64 unless another is named, with its updates unless they
 * are not wanted; only its backports, for one, too; another suite's; or the sources of a suite.
 * @typedef {{ kind: "binary", architecture?: string, updates?: boolean, suite?: string }
 *   | { kind: "backports", architecture?: string } | { kind: "source", suite: string }} Selection
 */

/** True where apt and dpkg-deb can be run. */
export function aptExists() {
  return ["apt-get", "apt-cache", "dpkg-deb"].every((tool) => spawnSync(tool, ["--version"]).status === 0);
}

export class Apt {
  #folder;
  #environment;

  /** @param {string} folder where lists, caches and the configuration live @param {Selection} [selection] */
  constructor(folder, selection = { kind: "binary" }) {
    this.#folder = folder;
    for (const part of ["lists/partial", "archives/partial", "packages"]) {
      mkdirSync(join(folder, part), { recursive: true });
    }
    writeFileSync(join(folder, "status"), "");
    writeFileSync(join(folder, "debian.sources"), debianSources(selection));
    writeFileSync(join(folder, "apt.conf"), configuration(folder, architectureOf(selection)));
    this.#environment = { ...process.env, LC_ALL: "C" };
  }

  /** Fetches the signed index. */
  update() {
    this.#run("apt-get", ["-qq", "update"]);
  }

  /** The fields of the newest version of a package. @param {string} name @returns {Map<string, string>} */
  show(name) {
    const text = this.#run("apt-cache", ["show", "--no-all-versions", name]);
    const fields = text.matchAll(/^([A-Za-z-]+): (.*)$/gm);
    return new Map(Array.from(fields, ([, key = "", value = ""]) => [key, value]));
  }

  /** The names of all that packages need to be installed, with them, without what is only recommended. @param {string[]} names @returns {string[]} */
  closure(names) {
    const text = this.#run("apt-get", ["-s", "-y", "--no-install-recommends", "install", ...names]);
    return Array.from(text.matchAll(/^Inst (\S+) /gm), ([, name = ""]) => name);
  }

  /** Downloads the newest version of a package. @param {string} name @returns {Package} */
  download(name) {
    const version = this.show(name).get("Version") ?? "";
    const cwd = join(this.#folder, "packages");
    this.#run("apt-get", ["-qq", "download", `${name}=${version}`], cwd);
    // apt writes the colon of an epoch as %3a in the file's name.
    const start = `${name}_${version.replace(":", "%3a")}_`;
    const file = readdirSync(cwd).find((entry) => entry.startsWith(start) && entry.endsWith(".deb"));
    if (file === undefined) throw new Error(`apt downloaded no file for ${name} ${version}`);
    return { name, version, file: join(cwd, file) };
  }

  /**
   * Downloads the newest versions of packages at once: apt reads its index for every command anew.
   * @param {string[]} names @returns {string[]} the files
   */
  downloadAll(names) {
    const cwd = join(this.#folder, "packages");
    this.#run("apt-get", ["-qq", "download", ...names], cwd);
    return readdirSync(cwd)
      .filter((entry) => entry.endsWith(".deb") && names.includes(entry.split("_")[0] ?? ""))
      .map((entry) => join(cwd, entry));
  }

  /** The versions of a source package that the index lists, as it orders them. @param {string} name @returns {string[]} */
  sourceVersions(name) {
    const text = this.#run("apt-cache", ["showsrc", "--only-source", name]);
    return Array.from(text.matchAll(/^Version: (.*)$/gm), ([, version = ""]) => version);
  }

  /** Downloads a source package; gives the upstream archive. @param {string} name @param {string} version @returns {string} */
  downloadSource(name, version) {
    const cwd = join(this.#folder, "packages");
    this.#run("apt-get", ["-qq", "source", "--download-only", "--only-source", `${name}=${version}`], cwd);
    const upstream = version.replace(/^\d+:/, "").replace(/-[^-]*$/, "");
    const file = readdirSync(cwd).find(
      (entry) => entry.startsWith(`${name}_${upstream}.orig.tar.`) && !entry.endsWith(".asc"),
    );
    if (file === undefined) throw new Error(`apt downloaded no archive for ${name} ${version}`);
    return join(cwd, file);
  }

  /** @param {string} tool @param {string[]} args @param {string} [cwd] */
  #run(tool, args, cwd) {
    const result = spawnSync(tool, ["-c", join(this.#folder, "apt.conf"), ...args], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
      env: this.#environment,
      ...(cwd === undefined ? {} : { cwd }),
    });
    if (result.status === 0) return result.stdout;
    const reason = (result.stderr || result.stdout || String(result.error)).trim().split("\n").slice(0, 3).join("; ");
    throw new Error(`${tool} ${args.join(" ")} failed: ${reason}`);
  }
}

/** Unpacks a package's files into a folder. @param {Pick<Package, "file">} pkg @param {string} folder */
export function unpack(pkg, folder) {
  mkdirSync(folder, { recursive: true });
  execFileSync("dpkg-deb", ["-x", pkg.file, folder]);
}

/** @param {Selection} selection */
function architectureOf(selection) {
  return (selection.kind !== "source" && selection.architecture) || "arm64";
}

/** @param {string} folder @param {string} architecture */
function configuration(folder, architecture) {
  const quoted = (/** @type {string} */ path) => JSON.stringify(join(folder, path));
  return [
    `Dir::State ${quoted("")};`,
    `Dir::State::lists ${quoted("lists")};`,
    `Dir::State::status ${quoted("status")};`,
    `Dir::Cache ${quoted("")};`,
    `Dir::Cache::archives ${quoted("archives")};`,
    `Dir::Etc::sourcelist ${quoted("debian.sources")};`,
    `Dir::Etc::sourceparts "-";`,
    `APT::Architecture "${architecture}";`,
    `#clear APT::Architectures;`,
    `APT::Architectures { "${architecture}"; };`,
    `Acquire::Languages "none";`,
    `APT::Sandbox::User "";`,
    // The host's hooks clean the host's caches: not ours to run.
    `#clear APT::Update::Pre-Invoke;`,
    `#clear APT::Update::Post-Invoke;`,
    `#clear APT::Update::Post-Invoke-Success;`,
    "",
  ].join("\n");
}

/**
 * The host's Debian archives as one deb822 file: the entries that serve this release's `main`, other vendors' left out;
 * for one suite the first of them, with that suite.
 * @param {Selection} selection
 */
function debianSources(selection) {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1] ?? "unstable";
  const updates = selection.kind !== "binary" || selection.updates !== false;
  const belongs = (/** @type {string} */ suite) =>
    [codename, "stable", "testing", "unstable", "sid"].some(
      (name) => suite === name || (updates && suite.startsWith(`${name}-`)),
    );
  const suite = selection.kind === "backports" ? `${codename}-backports` : selection.suite;
  const stanzas = hostSources()
    .map((entry) => ({ ...entry, suites: entry.suites.filter(belongs) }))
    .filter((entry) => entry.suites.length > 0 && entry.components.includes("main"))
    .slice(0, suite ? 1 : undefined)
    .map(({ uris, suites, signedBy }) =>
      [
        `Types: ${selection.kind === "source" ? "deb-src" : "deb"}`,
        `URIs: ${uris}`,
        `Suites: ${suite || suites.join(" ")}`,
        "Components: main",
        `Architectures: ${architectureOf(selection)}`,
        ...(signedBy === undefined ? [] : [`Signed-By: ${signedBy}`]),
        "",
      ].join("\n"),
    );
  if (stanzas.length === 0) throw new Error("the host's apt sources name no Debian archive");
  return stanzas.join("\n");
}

/** @typedef {{ uris: string, suites: string[], components: string[], signedBy: string | undefined }} Source */

/** @returns {Source[]} */
function hostSources() {
  const parts = "/etc/apt/sources.list.d";
  const files = existsSync(parts)
    ? readdirSync(parts)
        .sort()
        .map((name) => join(parts, name))
    : [];
  return ["/etc/apt/sources.list", ...files].filter(existsSync).flatMap((file) => {
    const text = readFileSync(file, "utf8").replace(/^\s*#.*\n?/gm, "");
    if (file.endsWith(".sources")) return text.split(/\n\s*\n/).flatMap(parseStanza);
    if (file.endsWith(".list")) return text.split("\n").flatMap(parseLine);
    return [];
  });
}

/** A deb822 stanza; a value may go on over indented lines. @param {string} stanza @returns {Source[]} */
function parseStanza(stanza) {
  const value = (/** @type {string} */ key) =>
    new RegExp(`^${key}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, "mi").exec(stanza)?.[1]?.trim();
  const words = (/** @type {string} */ key) => value(key)?.split(/\s+/) ?? [];
  if (!words("Types").includes("deb") || value("Enabled") === "no") return [];
  const signedBy = value("Signed-By")?.replace(/\n(?=\S)/g, "\n ");
  return [{ uris: words("URIs").join(" "), suites: words("Suites"), components: words("Components"), signedBy }];
}

/** A line `deb [options] uri suite component...`. @param {string} line @returns {Source[]} */
function parseLine(line) {
  const match = /^deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s+(.+)$/.exec(line.trim());
  if (match === null) return [];
  const [, options = "", uris = "", suite = "", components = ""] = match;
  const signedBy = /signed-by=(\S+)/.exec(options)?.[1]?.replaceAll(",", " ");
  return [{ uris, suites: [suite], components: components.trim().split(/\s+/), signedBy }];
}
