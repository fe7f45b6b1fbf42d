import { describe, expect, it } from "vitest";
import { configurationOf } from "./make-machine.ts";
import { type Options, parseOptions } from "./options.ts";
import { overruled } from "./start.ts";

/** A line as a shell reads it, with quotes but no escapes. */
const words = (line: string): string[] =>
  Array.from(line.matchAll(/(?:'[^']*'|\S)+/g), ([word]) => word.replaceAll("'", ""));

function parse(line: string, system = "x86_64"): Options {
  const options = parseOptions(words(line), system);
  if ("information" in options) throw new Error("information");
  return options;
}
const configured = (line: string) => configurationOf(parse(line)) as unknown as Record<string, unknown>;
/** What a line says beyond what all machines have. */
function own(line: string): Record<string, unknown> {
  const usual = new Set(Object.keys(configured("")));
  return Object.fromEntries(Object.entries(configured(line)).filter(([name]) => !usual.has(name)));
}
const stdioMux = { kind: "stdio", mux: true };
const stdio = { kind: "stdio", mux: false };
const nobody = { kind: "null" };
const readline = (device: object) => ({ device, mode: "readline", pretty: false });

describe("the lines that started it", () => {
  // Each without its disk and its network card, which come later.
  const user =
    "-M pc -append 'root=/dev/sda console=ttyS0 nokaslr printk.time=y - panic=1' -kernel bzImage -nographic " +
    "-serial mon:stdio -monitor telnet::45454,server,nowait " +
    "-drive file=rootfs.ext2.qcow2,if=none,id=img-direct,format=qcow2,snapshot ";
  const disk =
    "-drive driver=blkreplay,if=none,image=img-direct,id=img-blkreplay -device ide-hd,drive=img-blkreplay " +
    "-netdev user,id=net1 -device rtl8139,netdev=net1 -object filter-replay,id=replay,netdev=net1 ";

  it("a user's setup", () => {
    const options = parse(`${user}-icount shift=7,rr=record,rrfile=replay.bin`);
    expect(options).toMatchObject({
      ...{ machine: "pc", cpu: "qemu64", kernel: "bzImage", serials: [stdioMux] },
      append: "root=/dev/sda console=ttyS0 nokaslr printk.time=y - panic=1",
      icount: { shift: 7, rr: "record", file: "replay.bin" },
      drives: [{ file: "rootfs.ext2.qcow2", format: "qcow2" }],
    });
    expect(options.monitors).toMatchObject([
      { device: { kind: "socket", telnet: true, server: true, wait: false, address: { port: 45454 } } },
      readline(stdioMux),
    ]);
    expect(parse(`${user}-icount shift=7,rr=replay,rrfile=replay.bin -S -s`)).toMatchObject({
      ...{ startStopped: true, gdb: { host: "127.0.0.1", port: 1234 } },
    });
    expect(() => parse(`${user}${disk}`)).toThrow(/^-drive driver=blkreplay[^\n]* [^\n]+$/);
  });

  it("an old desktop", () => {
    const line =
      "-global apic-common.vapic=off -icount shift=7,rr=record,rrfile=xp.replay,rrsnapshot=init " +
      "-drive file=./images/xp.ovl,if=none,id=img-direct -net none -m 256M -monitor stdio";
    const options = parse(line, "i386");
    expect(options).toMatchObject({
      ...{ machine: "pc", cpu: "qemu32", ramBytes: 256 << 20, serials: [nobody], monitors: [readline(stdio)] },
      icount: { shift: 7, rr: "record", file: "xp.replay", snapshot: "init" },
    });
  });

  it("QEMU's own test", () => {
    const line =
      "-display none -vga none -chardev socket,id=mon,fd=7 -mon chardev=mon,mode=control -machine pc " +
      "-gdb tcp::5000 -S -icount shift=7,rr=record,rrfile=F,rrsnapshot=init -net none -drive file=disk.qcow2,if=none";
    expect(parse(line)).toMatchObject({ startStopped: true, drives: [{ file: "disk.qcow2" }] });
    expect(own(line)).toEqual({ vga: false });
    const short = "-s -S -icount shift=7,rr=replay,rrfile=F,rrsnapshot=init -net none -drive file=disk.qcow2,if=none";
    expect(parse(short)).toMatchObject({ machine: "pc", icount: { rr: "replay" } });
  });
});

describe("the machine", () => {
  it("is what QEMU's program has where none is named", () => {
    for (const line of ["", "-M pc", "-M pc-i440fx-7.2", "-M pc,acpi=auto,smm=off,vmport=off,hpet=on -cpu qemu64,-svm"])
      expect(configured(line)).toEqual(configured("-M pc"));
    expect(configured("")).toMatchObject({ board: "pc", cpu: "qemu64", ramBytes: 128 << 20 });
    expect(() => parse("-M pc", "aarch64")).toThrow("machine type 'pc' is not available here; there is virt");
    expect(() => parse("-M virt")).toThrow("machine type 'virt' is not available here; there is pc");
  });

  it.each([
    ["-M pc,acpi=off,hpet=off", { acpi: false, hpet: false }],
    ["-no-acpi -no-hpet", { acpi: false, hpet: false }],
    ["-M pc,max-ram-below-4g=1G -m 2G", { maxRamBelow4g: 2 ** 30 }],
    ["-M pc,max-ram-below-4g=1073741824", { maxRamBelow4g: 2 ** 30 }],
    ["-nographic", { graphics: false }],
    ["-M pc,graphics=off", { graphics: false }],
    ["-vga std", {}],
    ["-vga none", { vga: false }],
    ["-nodefaults", { serials: 0, vga: false }],
    ["-nodefaults -vga std -serial null", {}],
    ["-serial none", { serials: 0 }],
    ["-serial null -serial none -serial null", { serials: 2 }],
    ["-rtc base=2006-06-17T16:01:21", { rtcBase: 1150560081 }],
    ["-rtc base=2006-06-17,clock=vm", { rtcBase: 1150502400 }],
    ["-rtc base=utc,clock=host", {}],
    ["-boot c", { boot: "c" }],
    ["-boot order=dc,menu=on,splash-time=5", { boot: "dc", bootMenu: true, splashTimeMs: 5 }],
    ["-boot strict=off,menu=off,reboot-timeout=0", { rebootTimeoutMs: 0 }],
    ["-boot once=d,strict=on", { bootOnce: "d", bootStrict: true }],
    ["-debugcon null", { debugcon: 0xe9 }],
    ["-debugcon null -global isa-debugcon.iobase=0x402", { debugcon: 0x402 }],
    ["-global driver=isa-debugcon,property=iobase,value=1026 -debugcon file:x", { debugcon: 0x402 }],
    ["-chardev file,id=c,path=x -device isa-debugcon,iobase=0x402,chardev=c", { debugcon: 0x402 }],
    ["-device isa-debug-exit", { debugExit: { port: 0x501, size: 2 } }],
    ["-device isa-debug-exit,iobase=0xf4,iosize=0x04", { debugExit: { port: 0xf4, size: 4 } }],
    ["-cpu qemu64,+sse2,-avx,cx16=on,check -parallel none -smp 1 -no-reboot", {}],
  ])("%s", (line, fields) => expect(own(line)).toEqual(fields));

  it("keeps the local time of the host, where it is asked to", () => {
    const { rtcBase } = own("-rtc base=localtime");
    const now = new Date();
    expect(Math.abs((rtcBase as number) - (now.getTime() / 1000 - 60 * now.getTimezoneOffset()))).toBeLessThan(10);
  });

  it("has up to four serial ports, and a debug console behind a fifth", () => {
    const line =
      "-display none -serial mon:stdio -serial null -serial file:x -serial tcp::1,server,nowait -debugcon file:y";
    const options = parse(line);
    expect(options.serials.map(({ kind }) => kind)).toEqual(["stdio", "null", "file", "socket"]);
    expect(options.others).toEqual(new Map([[4, { kind: "file", path: "y" }]]));
    expect(options.monitors).toEqual([readline(stdioMux)]);
    expect(parse("-display none -debugcon stdio")).toMatchObject({ serials: [nobody], others: new Map([[4, stdio]]) });
  });
});

describe("mistakes", () => {
  it.each([
    ["-M pc,smm=on", "-M pc,smm=on: smm=on is not available here; only 'off' or 'auto' is"],
    ["-M pc,vmport=on", "-M pc,vmport=on: vmport=on is not available here; only 'off' or 'auto' is"],
    ["-M pc,dumpdtb=x", "-M pc,dumpdtb=x: property 'dumpdtb' of the pc machine is not available here"],
    ["-M pc,dtb=x", "-M pc,dtb=x: property 'dtb' of the pc machine is not available here"],
    ["-M pc,acpi=maybe", "-M pc,acpi=maybe: parameter 'acpi' expects 'on' or 'off'"],
    ["-M pc,max-ram-below-4g=x", "-M pc,max-ram-below-4g=x: a size is a number of bytes, or one with k, M or G"],
    ["-M pc,foo=1", "-M pc,foo=1: the pc machine has no property 'foo'"],
    ["-M q35", "-M q35: machine type 'q35' is not available here; there is pc"],
    ["-M pc-i440fx-5.2", "-M pc-i440fx-5.2: machine type 'pc-i440fx-5.2' is not available here; there is pc"],
    ["-dtb x", "-dtb x: the pc machine takes no dtb"],
    [
      "-cpu Haswell",
      "-cpu Haswell: CPU model 'Haswell' is not available here; there is 486 or qemu64 or qemu32 or pentium",
    ],
    ["-cpu qemu64,+svm", "-cpu qemu64,+svm: svm=+svm is not available here; only 'off' is".replace("=+svm", "=on")],
    ["-cpu qemu64,avx2=on", "-cpu qemu64,avx2=on: avx2=on is not available here; only 'off' is"],
    ["-cpu qemu64,-lahf_lm", "-cpu qemu64,-lahf_lm: lahf-lm=off is not available here; only 'on' is"],
    ["-cpu qemu64,+foo", "-cpu qemu64,+foo: qemu64 has no property 'foo'"],
    ["-vga cirrus", "-vga cirrus: vga 'cirrus' is not available; only 'none' or 'std' is available"],
    ["-vga foo", "-vga foo: unknown vga type: foo"],
    ["-global apic-common.vapic=on", "-global apic-common.vapic=on: vapic=on is not available here; only 'off' is"],
    ["-global apic-common.foo=1", "-global apic-common.foo=1: apic-common has no property 'foo'"],
    ["-global e1000.mac=x", "-global e1000.mac=x: 'e1000' is not available: extra devices are not supported yet"],
    ["-global isa-debugcon.foo=1", "-global isa-debugcon.foo=1: isa-debugcon has no property 'foo'"],
    ["-global foo", "-global foo: it takes DRIVER.PROPERTY=VALUE"],
    [
      "-device ide-hd,drive=d",
      "-device ide-hd,drive=d: 'ide-hd' is not available: extra devices are not supported yet",
    ],
    ["-device isa-debugcon", "-device isa-debugcon: parameter 'chardev' is missing"],
    ["-device isa-debug-exit,iobase=x", "-device isa-debug-exit,iobase=x: parameter 'iobase' expects a number"],
    ["-device isa-debug-exit,foo=1", "-device isa-debug-exit,foo=1: isa-debug-exit has no property 'foo'"],
    ["-device isa-debug-exit -device isa-debug-exit", "-device isa-debug-exit: there is only one isa-debug-exit"],
    ["-debugcon null -debugcon null", "-debugcon null: there is only one isa-debugcon"],
    [
      "-serial null -serial null -serial null -serial null -serial stdio",
      "-serial stdio: there are only 4 serial ports",
    ],
    ["-boot foo=1", "-boot foo=1: invalid parameter 'foo'"],
    ["-boot menu=maybe", "-boot menu=maybe: parameter 'menu' expects 'on' or 'off'"],
    ["-rtc base=2006-13-17", "-rtc base=2006-13-17: parameter 'base' expects 'utc', 'localtime' or a date"],
    ["-smp 2", "-smp 2: only one CPU is available"],
  ])("%s", (line, message) => expect(() => parse(line)).toThrow(message));

  it("of the other board's options are told in the same way", () => {
    const virt = (line: string) => () => parse(`-M virt ${line}`, "aarch64");
    expect(virt("-debugcon null")).toThrow("-debugcon null: the machine has no such port");
    expect(virt("-boot c")).toThrow("-boot c: not available here: disks are not available yet");
    expect(virt("-no-acpi")).toThrow("-no-acpi: not available here: it is for other machines");
    expect(virt("-vga std")).toThrow("-vga std: vga 'std' is not available; only 'none' is available");
  });
});

it("a replay says which options it does not follow", () => {
  const recorded = configurationOf(parse("-M pc,hpet=off -serial null -serial null -boot c"));
  const named = (line: string) => overruled(recorded, parse(line));
  expect(named("-nographic")).toEqual(["-nographic"]);
  expect(named("")).toEqual([]);
  expect(named("-M pc,hpet=off -serial null -serial null -boot c")).toEqual([]);
  expect(named("-M pc,acpi=off -serial null -boot d")).toEqual(["-M", "-boot", "-serial"]);
});
