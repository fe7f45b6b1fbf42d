import type { ModelName } from "../../isa/x86/index.ts";
import type { BoardType, Settings } from "../board-type.ts";

/** What CPUID says that a CPU has, by QEMU's names, where some model here has it. */
const available =
  "apic clflush cmov cx16 cx8 de fpu fxsr hypervisor lahf-lm lm mca mce mmx msr mtrr nx pae pat pge pni pse " +
  "pse36 sep sse sse2 syscall tsc";

/** QEMU's names of all else that CPUID could say, but for what only hypervisors do. */
const never =
  "3dnow 3dnowext 3dnowprefetch abm ace2 ace2-en acpi adx aes amd-no-ssb amd-ssbd amd-stibp amx-bf16 amx-int8 " +
  "amx-tile arat arch-capabilities arch-lbr avic avx avx-vnni avx2 avx512-4fmaps avx512-4vnniw avx512-bf16 " +
  "avx512-fp16 avx512-vp2intersect avx512-vpopcntdq avx512bitalg avx512bw avx512cd avx512dq avx512er avx512f " +
  "avx512ifma avx512pf avx512vbmi avx512vbmi2 avx512vl avx512vnni bmi1 bmi2 bus-lock-detect cid cldemote " +
  "clflushopt clwb clzero cmp-legacy core-capability cr8legacy dca decodeassists ds ds-cpl dtes64 erms est " +
  "extapic f16c flushbyasid fma fma4 fsgsbase fsrm full-width-write fxsr-opt gfni hle ht ia64 ibpb ibrs ibrs- " +
  "all ibs intel-pt intel-pt-lip invpcid invtsc la57 lbrv lwp md-clear mds-no misalignsse mmxext monitor movbe " +
  "movdir64b movdiri mpx nodeid-msr npt nrip-save osvw pause-filter pbe pcid pclmulqdq pcommit pdcm pdpe1gb " +
  "perfctr-core perfctr-nb pfthreshold phe phe-en pks pku pmm pmm-en pn popcnt pschange-mc-no rdctl-no rdpid " +
  "rdrand rdseed rdtscp rsba rtm serialize sgx sgx-debug sgx-exinfo sgx-kss sgx-mode64 sgx-provisionkey sgx- " +
  "tokenkey sgx1 sgx2 sgxlc sha-ni skinit skip-l1dfl-vmentry smap smep smx spec-ctrl split-lock-detect ss ssb- " +
  "no ssbd sse4.1 sse4.2 sse4a ssse3 stibp svm svm-lock svme-addr-chk taa-no tbm tce tm tm2 topoext tsc-adjust " +
  "tsc-deadline tsc-scale tsx-ctrl tsx-ldtrk umip v-vmsave-vmload vaes vgif virt-ssbd vmcb-clean vme vmx " +
  "vpclmulqdq waitpkg wbnoinvd wdt x2apic xcrypt xcrypt-en xfd xgetbv1 xop xsave xsavec xsaveerptr xsaveopt " +
  "xsaves xstore xstore-en xtpr";

/** Other spellings of QEMU's. */
const aliases: Readonly<Record<string, string>> = {
  i64: "lm",
  sse3: "pni",
  xd: "nx",
  "sse4-1": "sse4.1",
  "sse4-2": "sse4.2",
};

const words = (text: string): readonly string[] => text.split(" ");
const onOff = ["on", "off"];

/** Of a CPU that has these: each can be said to be as it is. `check` and `enforce` ask for nothing else. */
function features(present: string): Settings {
  const has = new Set(words(present));
  const setting = (name: string) => ({ values: onOff, only: [has.has(name) ? "on" : "off"] });
  const own = [...words(available), ...words(never)].map((name) => [name, setting(name)] as const);
  const others = Object.entries(aliases).map(([alias, name]) => [alias, setting(name)] as const);
  return { ...Object.fromEntries([...own, ...others]), check: { values: onOff }, enforce: { values: onOff } };
}

/** The models that `-cpu` may name; the first is the page's. */
export const pcModels = ["qemu64", "qemu32", "pentium", "486"] as const satisfies readonly ModelName[];

/** By model. QEMU's qemu64 has `svm`, too. */
export const pcCpus: BoardType["cpus"] = {
  qemu64: features(available),
  qemu32: features("apic cmov cx8 de fpu fxsr hypervisor mce mmx msr pae pat pge pni pse sep sse sse2 tsc"),
  pentium: features("apic cx8 de fpu hypervisor mce mmx msr pse tsc"),
  "486": features("fpu hypervisor pse"),
};
