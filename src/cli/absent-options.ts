/** QEMU's options, 7.2 to 10, that this machine does not have, by why. */
const reasons: Readonly<Record<string, string>> = {
  "disks are not available yet":
    "hda hdb hdc hdd cdrom fda fdb sd mtdblock pflash blockdev snapshot iscsi option-rom set virtfs fsdev",
  "USB is not available": "usb usbdevice",
  "there is no display":
    "sdl curses vnc spice full-screen rotate portrait g k show-cursor no-frame alt-grab ctrl-grab no-quit",
  "there is no sound": "audio audiodev audio-help soundhw",
  "extra devices are not supported yet": "object tpmdev fw_cfg watchdog watchdog-action virtioserial bt",
  "it is for other machines":
    "acpitable no-fd-bootchk win2k-hack smbios old-param prom-env igd-passthru shim balloon " +
    "xen-domid xen-attach xen-domid-restrict xen-create",
  "the only accelerator is tcg": "enable-kvm enable-hax no-kvm singlestep tb-size",
  "there is only one CPU": "numa",
  "a machine is kept as its recording, see -icount":
    "incoming only-migratable dump-vmstate loadvm mem-path mem-prealloc",
  "-no-reboot and -no-shutdown are what there is of it": "action",
  "programs cannot call the host; what they print goes to the serial port, and a call of firmware powers off":
    "semihosting semihosting-config",
  "entropy is the host's, or the recording's": "seed",
  "the shell can do this": "daemonize pidfile runas chroot run-with async-teardown sandbox add-fd",
  "there is nothing to trace or to tune":
    "d D dfilter trace plugin perfmap jitdump enable-sync-profile overcommit realtime msg compat echr qtest qtest-log",
  "all is said on the command line": "readconfig writeconfig preconfig L uuid",
};

/** Those that only some boards have. */
const elsewhere: Readonly<Record<string, string>> = {
  boot: "disks are not available yet",
  "no-acpi": "it is for other machines",
  "no-hpet": "it is for other machines",
};

const absent = new Map(Object.entries(reasons).flatMap(([why, names]) => names.split(" ").map((name) => [name, why])));

/** Names, for a test. */
export const absentOptions: readonly string[] = [...absent.keys()];

/** What to say of an option of QEMU's that the machine lacks; undefined for what QEMU does not know either. */
export function absentOption(name: string): string | undefined {
  const why = absent.get(name) ?? elsewhere[name];
  return why === undefined ? undefined : `not available here: ${why}`;
}
