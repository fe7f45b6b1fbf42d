/** A made-up boot: what a kernel prints, with the virtual seconds at which it does. */
export const bootLines: readonly (readonly [seconds: number, text: string])[] = [
  [0.0, "Booting Linux on physical CPU 0x0000000000 [0x410fd034]"],
  [0.0, "Linux version 6.1.0-fake-cloud-arm64 (gcc-12 12.2.0, GNU ld 2.40) #1 SMP"],
  [0.0, "Machine model: linux,dummy-virt"],
  [0.0, "efi: UEFI not found."],
  [0.0, "Zone ranges:"],
  [0.0, "  DMA      [mem 0x0000000040000000-0x000000004fffffff]"],
  [0.0, "Built 1 zonelists, mobility grouping on.  Total pages: 64512"],
  [0.0, "Kernel command line: console=ttyAMA0 nokaslr panic=-1"],
  [0.0, "Dentry cache hash table entries: 32768 (order: 6, 262144 bytes, linear)"],
  [0.0, "Memory: 215804K/262144K available (12480K kernel code, 2546K rwdata)"],
  [0.0, "SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=1, Nodes=1"],
  [0.0, "rcu: Hierarchical RCU implementation."],
  [0.0, "GICv2m: range[mem 0x08020000-0x08020fff], SPI[80:143]"],
  [0.000002, "arch_timer: cp15 timer(s) running at 62.50MHz (virt)."],
  [0.000106, "sched_clock: 57 bits at 63MHz, resolution 16ns, wraps every 4398046511096ns"],
  [0.004781, "Console: colour dummy device 80x25"],
  [0.008214, "Calibrating delay loop (skipped), 125.00 BogoMIPS (lpj=250000)"],
  [0.011873, "pid_max: default: 32768 minimum: 301"],
  [0.018902, "LSM: Security Framework initializing"],
  [0.026611, "CPU features: detected: 32-bit EL0 Support"],
  [0.041127, "devtmpfs: initialized"],
  [0.056442, "DMI not present or invalid."],
  [0.063218, "NET: Registered PF_NETLINK/PF_ROUTE protocol family"],
  [0.087901, "cpuidle: using governor ladder"],
  [0.102254, "hw-breakpoint: found 6 breakpoint and 4 watchpoint registers."],
  [0.131672, "HugeTLB: registered 2.00 MiB page size, pre-allocated 0 pages"],
  [0.164009, "iommu: Default domain type: Translated"],
  [0.181544, "clocksource: Switched to clocksource arch_sys_counter"],
  [0.223418, "NET: Registered PF_INET protocol family"],
  [0.231907, "TCP: Hash tables configured (established 2048 bind 2048)"],
  [0.244519, "PCI: CLS 0 bytes, default 64"],
  [0.251008, "Unpacking initramfs..."],
  [0.318844, "Freeing initrd memory: 1204K"],
  [0.340171, "workingset: timestamp_bits=42 max_order=16 bucket_order=0"],
  [0.402296, "Block layer SCSI generic (bsg) driver version 0.4 loaded"],
  [0.43183, "pl061_gpio 9030000.pl061: PL061 GPIO chip registered"],
  [0.447215, "Serial: 8250/16550 driver, 4 ports, IRQ sharing enabled"],
  [0.452671, "printk: console [ttyAMA0] enabled"],
  [0.50339, "rtc-pl031 9010000.pl031: registered as rtc0"],
  [0.522763, "NET: Registered PF_INET6 protocol family"],
  [0.561448, "registered taskstats version 1"],
  [0.583012, "Freeing unused kernel memory: 3840K"],
  [0.61239, "Run /init as init process"],
];

export const banner = "\r\nHindsight guest ready\r\n\r\n";
export const prompt = "~ # ";

export function reply(command: string): string {
  const [name = "", ...rest] = command.trim().split(/\s+/);
  if (name === "") return "";
  if (name === "echo") return `${rest.join(" ")}\r\n`;
  if (name === "uname") return "Linux (none) 6.1.0-fake-cloud-arm64 #1 SMP aarch64 GNU/Linux\r\n";
  if (name === "ls")
    return "\x1b[1;34mbin\x1b[m   \x1b[1;34mdev\x1b[m   \x1b[1;32minit\x1b[m  \x1b[1;34mproc\x1b[m  \x1b[1;34msys\x1b[m\r\n";
  if (name === "clear") return "\x1b[H\x1b[J";
  if (name === "vi") return "\x1b[?1049h\x1b[H\x1b[J~\r\n~\r\n~\r\n\x1b[?1049l";
  if (name === "cat")
    return Array.from({ length: 60 }, (_, i) => `line ${i + 1} of ${rest[0] ?? "nothing"}\r\n`).join("");
  return `-sh: ${name}: not found\r\n`;
}

/** Made-up symbols, in address order. */
export const symbols: readonly (readonly [address: bigint, name: string])[] = [
  [0xffff800008010000n, "_stext"],
  [0xffff800008010800n, "vectors"],
  [0xffff800008012340n, "el1h_64_irq_handler"],
  [0xffff8000080a4120n, "schedule"],
  [0xffff8000080c0e70n, "panic"],
  [0xffff800008210990n, "do_sys_open"],
  [0xffff8000083b5214n, "memcpy"],
  [0xffff8000085d1d80n, "pl011_console_write"],
  [0xffff8000093909e0n, "start_kernel"],
  [0xffff800009391520n, "kernel_init"],
];
