import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { absentOptions } from "./absent-options.ts";
import { describeProperties } from "./machine-options.ts";
import { configurationOf } from "./make-machine.ts";
import { boards } from "../machine/index.ts";
import { optionRows } from "./option-rows.ts";
import { checkBoot, type Options, parseOptions } from "./options.ts";

const parse = (line: string): Options => {
  const options = parseOptions(line === "" ? [] : line.split(" "), "aarch64");
  if ("information" in options) throw new Error("information");
  return options;
};
const virt = (line: string): Options => parse(`-M virt ${line}`.trim());
const stdioMux = { kind: "stdio", mux: true };
const readline = (device: object) => ({ device, mode: "readline", pretty: false });
const stdio = { kind: "stdio", mux: false };

describe("QEMU's options", () => {
  it("takes the line that everyone types", () => {
    const line =
      "-cpu cortex-a53 -m 512M -kernel Image -initrd i.gz -nographic -net none -nic none -vga none -smp 1 -rtc base=utc";
    expect(virt(`${line} -icount shift=7,rr=record,rrfile=boot.rec,rrsnapshot=init -no-reboot -s -S`)).toMatchObject({
      ramBytes: 512 << 20,
      kernel: "Image",
      initrd: "i.gz",
      randomness: true,
      icount: { shift: 7, rr: "record", file: "boot.rec", snapshot: "init", sleep: true },
      reboot: false,
      gdb: { host: "127.0.0.1", port: 1234 },
      startStopped: true,
      serials: [stdioMux],
      monitors: [readline(stdioMux)],
    });
  });

  it("takes two dashes for one, and spaces in values", () => {
    const options = parseOptions([
      "--machine",
      "virt,dtb-randomness=off",
      "-append",
      "console=ttyAMA0 panic=-1",
    ]) as Options;
    expect(options.append).toBe("console=ttyAMA0 panic=-1");
    expect(options.randomness).toBe(false);
  });

  it.each([
    ["512", 512 << 20],
    ["1G", 2 ** 30],
    ["size=64M", 64 << 20],
    ["65536k", 64 << 20],
  ])("reads -m %s", (text, bytes) => expect(virt(`-m ${text}`).ramBytes).toBe(bytes));

  it.each([
    ["7", 7],
    ["shift=3", 3],
    ["auto", 0],
    ["sleep=off", 0],
    ["rr=record,rrfile=f", 0],
  ])("reads -icount %s", (text, shift) => expect(virt(`-icount ${text}`).icount.shift).toBe(shift));

  it("gives stdio to whom QEMU gives it", () => {
    expect(virt("")).toMatchObject({ serials: [stdioMux], monitors: [readline(stdioMux)] });
    expect(virt("-display none")).toMatchObject({ serials: [{ kind: "null" }], monitors: [] });
    expect(virt("-display none -serial stdio")).toMatchObject({ serials: [stdio], monitors: [] });
    expect(virt("-nographic -monitor none")).toMatchObject({ serials: [stdio], monitors: [] });
    expect(virt("-nographic -serial null")).toMatchObject({ serials: [{ kind: "null" }], monitors: [readline(stdio)] });
    expect(virt("-serial mon:stdio")).toMatchObject({ serials: [stdioMux], monitors: [readline(stdioMux)] });
    expect(virt("-nographic -nodefaults")).toMatchObject({ serials: [], monitors: [] });
    expect(virt("-nographic -serial stdio -serial null")).toMatchObject({ serials: [stdio], monitors: [] });
    expect(virt("-nographic -qmp tcp::1,server,nowait")).toMatchObject({
      serials: [stdio],
      monitors: [{ mode: "control" }],
    });
  });

  it("reads sockets", () => {
    const monitor = (line: string) => virt(line).monitors[0]!.device;
    expect(monitor("-nographic -monitor tcp:127.0.0.1:4444,server,nowait")).toEqual({
      kind: "socket",
      address: { host: "127.0.0.1", port: 4444 },
      server: true,
      wait: false,
      telnet: false,
      mux: false,
    });
    expect(monitor("-nographic -monitor telnet::4444,server=on,wait=off")).toMatchObject({
      telnet: true,
      wait: false,
    });
    expect(virt("-nographic -serial unix:/tmp/s,server=on").serials[0]).toMatchObject({
      address: { path: "/tmp/s" },
      wait: true,
    });
    const chardev = "-chardev socket,id=mon,path=/tmp/m,server=on,wait=off -mon chardev=mon,mode=readline";
    expect(monitor(`-display none ${chardev}`)).toMatchObject({ kind: "socket", address: { path: "/tmp/m" } });
    expect(virt("-display none -chardev socket,id=c,fd=5 -serial chardev:c").serials[0]).toMatchObject({
      address: { fd: 5 },
    });
    expect(virt("-display none -chardev stdio,id=c,mux=on -serial chardev:c -mon c")).toMatchObject({
      serials: [stdioMux],
      monitors: [readline(stdioMux)],
    });
  });

  it("takes monitors of both kinds, as many as there are", () => {
    const line =
      "-display none -monitor telnet::1,server,nowait -qmp unix:/q,server,nowait -qmp-pretty tcp::2,server,nowait " +
      "-chardev socket,id=mon,fd=3 -mon chardev=mon,mode=control -chardev null,id=n -mon n";
    expect(virt(line).monitors.map(({ mode, pretty, device }) => [mode, pretty, device.kind])).toEqual([
      ["readline", false, "socket"],
      ["control", false, "socket"],
      ["control", true, "socket"],
      ["control", false, "socket"],
    ]);
  });

  it("takes what QEMU's Python harness says", () => {
    const line =
      "-display none -vga none -chardev socket,id=mon,fd=7 -mon chardev=mon,mode=control -machine virt -serial null " +
      "-chardev socket,id=console,fd=9 -cpu cortex-a53 -gdb tcp::5000 -S " +
      "-icount shift=7,rr=replay,rrfile=r,rrsnapshot=init -net none -drive file=d.qcow2,if=none";
    expect(parse(line)).toMatchObject({
      drives: [{ file: "d.qcow2", format: undefined }],
      icount: { rr: "replay", snapshot: "init" },
      startStopped: true,
    });
  });

  it("serves gdb on loopback only", () => {
    expect(virt("-gdb tcp::5555").gdb).toEqual({ host: "127.0.0.1", port: 5555 });
    expect(virt("-gdb tcp:[::1]:5555,server=on,wait=off").gdb).toEqual({ host: "::1", port: 5555 });
  });

  it("gives information instead of running", () => {
    for (const [line, information] of [
      ["-M help", "machines"],
      ["-M virt -cpu help", "cpus"],
      ["-accel help", "accelerators"],
      ["-M none -netdev help", "netdevs"],
      ["-M none -device help", "devices"],
      ["--help", "help"],
      ["-version", "version"],
    ] as const) {
      expect(parseOptions(line.split(" "))).toEqual({ information });
    }
    expect(parseOptions(["-M", "virt,help"])).toEqual({ information: "properties", board: "virt" });
    expect(() => parseOptions(["-M", "nothing,help"])).toThrow("nothing");
  });

  it("says what properties a machine has, one a line, but for those that only QEMU's has", () => {
    const lines = describeProperties(boards.named("virt")).split("\n");
    expect(lines[0]).toBe("virt-machine options:");
    expect(lines).toContain("  dtb-randomness=<bool>");
    expect(lines).toContain("  kernel=<string>");
    const { absent } = boards.named("virt").options;
    expect(lines.filter((line) => absent.some((name) => line.startsWith(`  ${name}=`)))).toEqual([]);
  });
});

describe("mistakes", () => {
  it.each([
    ["", "no machine specified, and there is no default; use -M virt"],
    ["-kernel Image", "no machine specified, and there is no default; use -M virt"],
    ["-icount rr=record", "-icount rr=record: rrfile=FILE is needed"],
    ["-M virt -machine gic-version=3", "-machine gic-version=3: gic-version=3 is not available here; only '2' is"],
    ["-M virt,secure=maybe", "-M virt,secure=maybe: parameter 'secure' expects 'on' or 'off'"],
    ["-M virt,secure=on", "-M virt,secure=on: secure=on is not available here; only 'off' is"],
    ["-M virt,pflash0=x", "-M virt,pflash0=x: property 'pflash0' of the virt machine is not available here"],
    ["-M virt,__proto__=x", "-M virt,__proto__=x: the virt machine has no property '__proto__'"],
    ["-M virt,accel=foo", "-M virt,accel=foo: invalid accelerator foo"],
    ["-cpu cortex-a53,pmu=off", "-cpu cortex-a53,pmu=off: pmu=off is not available here; only 'on' is"],
    ["-cpu cortex-a53,foo=off", "-cpu cortex-a53,foo=off: cortex-a53 has no property 'foo'"],
    ["-accel foo", "-accel foo: invalid accelerator foo"],
    ["-accel tcg,foo=1", "-accel tcg,foo=1: tcg has no property 'foo'"],
    ["-accel tcg,thread=x", "-accel tcg,thread=x: parameter 'thread' expects 'single' or 'multi'"],
    ["-smp 1,foo=1", "-smp 1,foo=1: invalid parameter 'foo'"],
    ["-smp cores=2", "-smp cores=2: only one CPU is available"],
    ["-smp x", "-smp x: parameter 'cpus' expects a number"],
    ["-m 512M,slots=2", "-m slots=2: maxmem is missing"],
    ["-m 512M,maxmem=256M", "-m maxmem=256M: it is less than the RAM that there is"],
    [
      "-m 512M -m slots=2,maxmem=1G",
      "-m: slots and maxmem are not available here: no memory can be added to a running machine",
    ],
    ["-m 512M,foo=2", "-m 512M,foo=2: invalid parameter 'foo'"],
    ["-m 512M,slots=x", "-m 512M,slots=x: parameter 'slots' expects a number"],
    ["-name a,foo=1", "-name a,foo=1: invalid parameter 'foo'"],
    ["-name a,debug-threads=1", "-name a,debug-threads=1: parameter 'debug-threads' expects 'on' or 'off'"],
    ["-gdb tcp::1,foo=1", "-gdb tcp::1,foo=1: invalid parameter 'foo'"],
    ["-gdb tcp::1,to=9", "-gdb tcp::1,to=9: 'to' is not available for a debugger's address"],
    ["-gdb tcp::1,server=x", "-gdb tcp::1,server=x: parameter 'server' expects 'on' or 'off'"],
    ["-rtc clock=rt", "-rtc clock=rt: clock=rt is not available here; only 'host' or 'vm' is"],
    ["-cdrom x", "-cdrom: not available here: disks are not available yet"],
    ["-m none", "-m none: a size is a number of MiB, or one with k, M or G, of whole pages"],
    ["-foo", "-foo: invalid option"],
    ["-kernel", "-kernel: requires an argument"],
    ["-M pc", "-M pc: machine type 'pc' is not available here; there is virt"],
    ["-M raspi3b,usb=on", "-M raspi3b,usb=on: machine type 'raspi3b' is not available here; there is virt"],
    ["-M virt,foo=1", "-M virt,foo=1: the virt machine has no property 'foo'"],
    ["-cpu max", "-cpu max: CPU model 'max' is not available here; there is cortex-a53"],
    ["-cpu max,sve=off", "-cpu max,sve=off: CPU model 'max' is not available here; there is cortex-a53"],
    ["-accel kvm", "-accel kvm: accelerator 'kvm' is not available here; only 'tcg' is"],
    ["-smp 2", "-smp 2: only one CPU is available"],
    ["-m foo", "-m foo: a size is a number of MiB, or one with k, M or G, of whole pages"],
    ["-m 0", "-m 0: a size is a number of MiB, or one with k, M or G, of whole pages"],
    ["disk.img", "disk.img: disks are not available yet"],
    ["-device e1000,netdev=n", "-device e1000,netdev=n: 'e1000' is not available: extra devices are not supported yet"],
    ["-drive file=x", "-drive file=x: disks are not available yet; only if=none is accepted"],
    ["-netdev user,id=n", "-netdev user,id=n: networks are not available yet"],
    ["-net user", "-net user: networks are not available yet; only 'none' is available"],
    ["-display gtk", "-display gtk: display 'gtk' is not available; only 'none' is available"],
    ["-icount shift=11", "-icount shift=11: invalid shift value: 0 to 10, or auto"],
    ["-icount foo=1", "-icount foo=1: invalid parameter 'foo'"],
    [
      "-icount shift=auto,rr=record,rrfile=f",
      "-icount shift=auto,rr=record,rrfile=f: shift=auto and rr exclude each other; give shift a number",
    ],
    ["-icount 1,rr=x", "-icount 1,rr=x: invalid icount rr option: record or replay"],
    ["-icount 1,sleep=maybe", "-icount 1,sleep=maybe: parameter 'sleep' expects 'on' or 'off'"],
    ["-M virt -icount 1,rr=record", "-icount rr=record: rrfile=FILE is needed"],
    ["-gdb tcp:0.0.0.0:1234", "-gdb tcp:0.0.0.0:1234: gdb is served on loopback only, not on '0.0.0.0'"],
    ["-gdb unix:/tmp/g", "-gdb unix:/tmp/g: 'unix' is not available for a debugger's address here; only tcp::PORT is"],
    ["-gdb stdio", "-gdb stdio: 'stdio' is not available for a debugger's address here; only tcp::PORT is"],
    ["-gdb 1234", "-gdb 1234: a debugger's address is tcp::PORT"],
    ["-M virt -qmp stdio -serial mon:stdio", "cannot use stdio by multiple character devices"],
    ["-M virt -mon x", 'chardev "x" not found'],
    ["-mon mode=control", "-mon mode=control: parameter 'chardev' is missing"],
    ["-mon x,mode=y", "-mon x,mode=y: mode 'y' is neither readline nor control"],
    [
      "-M virt -display none -chardev stdio,id=c -serial chardev:c -mon c",
      "a character device is used twice; mux=on would share it",
    ],
    [
      "-M virt -display none -chardev stdio,id=c,mux=on -serial chardev:c -mon c,mode=control",
      "a shared character device takes the serial port and one monitor for people",
    ],
    ["-M virt -serial null -serial stdio", "-serial stdio: there is only one serial port"],
    ["-drive if=none", "-drive if=none: parameter 'file' is missing"],
    ["-drive file=x,if=none,format=vmdk", "-drive file=x,if=none,format=vmdk: unknown driver 'vmdk': qcow2 or raw"],
    ["-M virt -serial stdio -monitor stdio", "cannot use stdio by multiple character devices"],
    [
      "-M virt -serial pty",
      "could not connect character device 'pty': stdio, mon:stdio, null, file:, tcp:, telnet: or unix: are available",
    ],
    ["-M virt -serial chardev:x", 'chardev "x" not found'],
    ["-chardev null", "-chardev null: parameter 'id' is missing"],
    ["-rtc base=localtime", "-rtc base=localtime: base=localtime is not available here; only 'utc' is"],
    ["-rtc base=2026-01-31", "-rtc base=2026-01-31: base=2026-01-31 is not available here; only 'utc' is"],
    ["-rtc base=foo", "-rtc base=foo: parameter 'base' expects 'utc', 'localtime' or a date"],
    ["-semihosting", "-semihosting: not available here: programs cannot call the host; what they print goes to"],
  ])("%s", (line, message) => expect(() => parse(line)).toThrow(message));
});

describe("an option that is given again", () => {
  it("adds to what it said before, where QEMU's does", () => {
    expect(parse("-machine dtb-randomness=off -M virt -machine gic-version=2").randomness).toBe(false);
    expect(virt("-icount shift=3 -icount rr=record,rrfile=f").icount).toMatchObject({ shift: 3, rr: "record" });
    expect(virt("-m 64 -m slots=0,maxmem=64M").ramBytes).toBe(64 << 20);
    expect(virt("-m 64,maxmem=64M").ramBytes).toBe(64 << 20);
    expect(virt("-name process=p -name n,debug-threads=on")).toMatchObject({ name: "n", processName: "p" });
    expect(virt("-smp 1 -smp cores=1,maxcpus=1")).toBeDefined();
  });

  it("replaces it elsewhere", () => {
    expect(virt("-append a -append b -kernel x -kernel y")).toMatchObject({ append: "b", kernel: "y" });
    expect(parse("-M none -M virt")).toBeDefined();
  });

  it("of the machine may be a flag of its board", () => {
    const flags = (line: string): unknown => configurationOf(parse(line));
    expect(flags("-M virt,watchdog=on")).toMatchObject({ board: "virt", watchdog: true });
    for (const line of ["-M virt", "-M virt,watchdog=off", "-M virt,watchdog=on -machine watchdog=off"])
      expect(flags(line)).not.toHaveProperty("watchdog");
    expect(() => parse("-M virt,watchdog=maybe")).toThrow("parameter 'watchdog' expects 'on' or 'off'");
  });

  it("of the machine may name the images", () => {
    const options = parse("-M virt,kernel=k,initrd=i,dtb=d,firmware=f,dumpdtb=o,,p -machine append=quiet");
    const images = { kernel: "k", initrd: "i", dtb: "d", bios: "f", append: "quiet" };
    expect(options).toMatchObject({ ...images, dumpdtb: "o,p" });
  });
});

it("a kernel's command line and initrd need a kernel", () => {
  const check = (line: string) => () => checkBoot(virt(line));
  expect(check("-append x")).toThrow("-append is only of use with -kernel");
  expect(check("-initrd x -bios b")).toThrow("-initrd is only of use with -kernel");
  expect(check("-initrd x -append y -kernel k")).not.toThrow();
});

describe("QEMU's list", () => {
  const rows = optionRows(boards.all);
  const here = rows.flatMap(({ names }) => names);

  it("has each option once, here or not here", () => {
    const all = [...here, ...absentOptions];
    expect(new Set(all).size).toBe(all.length);
  });

  it("is known as a whole: the installed QEMU's, and what 8 to 10 added", () => {
    const { stdout } = spawnSync("qemu-system-aarch64", ["-help"], { encoding: "utf8" });
    const listed = [...stdout.matchAll(/^--?([\w-]+)(?:\/-([\w-]+))?(?:.*? or -([\w-]+))?/gm)];
    const names = listed.flatMap(([, ...all]) => all.filter((name) => name !== undefined));
    expect(names.length).toBeGreaterThan(100);
    const later = ["run-with", "jitdump", "perfmap", "shim"];
    expect([...names, ...later].filter((name) => !here.includes(name) && !absentOptions.includes(name))).toEqual([]);
  });

  it.each(absentOptions)("-%s says that it is not here, and why, in one line", (name) => {
    expect(() => virt(`-${name} x`)).toThrow(/^-[\w-]+: not available here: [^\n]+$/);
  });

  it.each(rows.filter(({ argument }) => argument !== undefined).map(({ names }) => names[0]!))(
    "-%s wants its argument",
    (name) => expect(() => parse(`-${name}`)).toThrow(`-${name}: requires an argument`),
  );
});
