/** An entry of the manual's A64 index that Armv8.0-A does not have. */
export interface AbsentRow {
  /** The manual's name of the entry: its mnemonics. */
  readonly name: string;
  /** The extension that brings it, and the version of the architecture in which it first appears. */
  readonly feature: string;
}

const families = (names: readonly string[], suffixes: readonly string[]): string[] =>
  names.flatMap((name) => suffixes.map((suffix) => [name, suffix].join("")));
const ORDERS = ["", "A", "AL", "L"];
/** LDADD, LDADDA, LDADDAL, LDADDL; LDADDB, LDADDAB, ... */
const atomics = (name: string): string[] =>
  ["", "B", "H"].map((size) => ORDERS.map((order) => name + order + size).join(", "));
const ATOMIC_OPERATIONS = ["ADD", "CLR", "EOR", "SET", "SMAX", "SMIN", "UMAX", "UMIN"];
const stores = (name: string): string[] => ["", "B", "H"].map((size) => `${name}${size}, ${name}L${size}`);

/** MOPS: a prologue, main and epilogue each; the options are unprivileged and non-temporal reads and writes. */
const COPY_OPTIONS = ["", "N", "RN", "WN"].flatMap((temporal) => ["", "T", "RT", "WT"].map((user) => user + temporal));
const copies = (name: string): string[] =>
  COPY_OPTIONS.map((option) => ["P", "M", "E"].map((part) => name + part + option).join(", "));
const sets = (name: string): string[] =>
  ["", "T", "N", "TN"].map((option) => ["P", "M", "E"].map((part) => name + part + option).join(", "));

const CONDITIONS = "EQ NE HS LO MI PL VS VC HI LS GE LT GT LE AL NV".split(" ");

/** By extension; SVE and SME have an index of their own. */
const ABSENT: readonly (readonly [feature: string, rows: readonly string[]])[] = [
  [
    "FEAT_LSE, Armv8.1",
    [
      ...atomics("CAS"),
      "CASP, CASPA, CASPAL, CASPL",
      ...ATOMIC_OPERATIONS.flatMap((operation) => atomics(`LD${operation}`)),
      ...ATOMIC_OPERATIONS.flatMap((operation) => stores(`ST${operation}`)),
      ...atomics("SWP"),
    ],
  ],
  ["FEAT_LOR, Armv8.1", families(["LDLAR", "STLLR"], ["", "B", "H"])],
  ["FEAT_RDM, Armv8.1", ["SQRDMLAH (by element), SQRDMLAH (vector)", "SQRDMLSH (by element), SQRDMLSH (vector)"]],
  ["FEAT_PAN, Armv8.1", ["MSR (immediate) PAN"]],
  ["FEAT_UAO, Armv8.2", ["MSR (immediate) UAO"]],
  [
    "FEAT_FP16, Armv8.2: half precision of",
    [
      "FABD, FABS, FADD, FDIV, FMUL, FMULX, FNEG, FNMUL, FSQRT, FSUB",
      "FACGE, FACGT, FCMEQ, FCMGE, FCMGT, FCMLE, FCMLT, FCMP, FCMPE, FCCMP, FCCMPE, FCSEL",
      "FADDP, FMAX, FMAXNM, FMAXNMP, FMAXNMV, FMAXP, FMAXV, FMIN, FMINNM, FMINNMP, FMINNMV, FMINP, FMINV",
      "FCVTAS, FCVTAU, FCVTMS, FCVTMU, FCVTNS, FCVTNU, FCVTPS, FCVTPU, FCVTZS, FCVTZU, SCVTF, UCVTF",
      "FMADD, FMLA, FMLS, FMSUB, FNMADD, FNMSUB, FMOV",
      "FRECPE, FRECPS, FRECPX, FRSQRTE, FRSQRTS",
      "FRINTA, FRINTI, FRINTM, FRINTN, FRINTP, FRINTX, FRINTZ",
    ],
  ],
  ["FEAT_FHM, Armv8.2", ["FMLAL, FMLAL2", "FMLSL, FMLSL2"]],
  ["FEAT_DotProd, Armv8.2", ["SDOT", "UDOT"]],
  ["FEAT_SHA512, Armv8.2", ["SHA512H", "SHA512H2", "SHA512SU0", "SHA512SU1"]],
  ["FEAT_SHA3, Armv8.2", ["BCAX", "EOR3", "RAX1", "XAR"]],
  ["FEAT_SM3, Armv8.2", ["SM3PARTW1", "SM3PARTW2", "SM3SS1", "SM3TT1A", "SM3TT1B", "SM3TT2A", "SM3TT2B"]],
  ["FEAT_SM4, Armv8.2", ["SM4E", "SM4EKEY"]],
  ["FEAT_LRCPC, Armv8.3", families(["LDAPR"], ["", "B", "H"])],
  ["FEAT_FCMA, Armv8.3", ["FCADD", "FCMLA"]],
  ["FEAT_JSCVT, Armv8.3", ["FJCVTZS"]],
  [
    "FEAT_PAuth, Armv8.3; those in the space of hints do nothing",
    [
      ...families(["PAC", "AUT"], ["IA", "IB", "DA", "DB", "IZA", "IZB", "DZA", "DZB"]),
      "PACGA",
      "XPACD, XPACI",
      "BLRAA, BLRAAZ, BLRAB, BLRABZ",
      "BRAA, BRAAZ, BRAB, BRABZ",
      "ERETAA, ERETAB",
      "LDRAA, LDRAB",
      "RETAA, RETAB",
    ],
  ],
  [
    "FEAT_LRCPC2, Armv8.4",
    [...families(["LDAPUR"], ["", "B", "H", "SB", "SH", "SW"]), ...families(["STLUR"], ["", "B", "H"])],
  ],
  ["FEAT_FlagM, Armv8.4", ["CFINV", "RMIF", "SETF8, SETF16"]],
  ["FEAT_DIT, Armv8.4", ["MSR (immediate) DIT"]],
  ["FEAT_FlagM2, Armv8.5", ["AXFLAG", "XAFLAG"]],
  ["FEAT_FRINTTS, Armv8.5", families(["FRINT32", "FRINT64"], ["X", "Z"])],
  [
    "FEAT_MTE, Armv8.5",
    "ADDG,CMPP,GMI,IRG,LDG,LDGM,ST2G,STG,STGM,STGP,STZ2G,STZG,STZGM,SUBG,SUBP,SUBPS,MSR (immediate) TCO".split(","),
  ],
  ["FEAT_SB, FEAT_SSBS, FEAT_SPECRES, Armv8.5", ["SB", "MSR (immediate) SSBS", "CFP", "CPP", "DVP"]],
  ["FEAT_BF16, Armv8.6", ["BFCVT", "BFCVTN, BFCVTN2", "BFDOT", "BFMLALB, BFMLALT", "BFMMLA"]],
  ["FEAT_I8MM, Armv8.6", ["SMMLA", "SUDOT", "UMMLA", "USDOT", "USMMLA"]],
  ["FEAT_WFxT, Armv8.7", ["WFET", "WFIT"]],
  ["FEAT_LS64, Armv8.7", ["LD64B", "ST64B", "ST64BV", "ST64BV0"]],
  ["FEAT_HBC, Armv8.8", [CONDITIONS.map((condition) => `BC.${condition}`).join(", ")]],
  ["FEAT_MOPS, Armv8.8", [...copies("CPYF"), ...copies("CPY"), ...sets("SET"), ...sets("SETG")]],
  ["FEAT_TME, Armv9.0", ["TCANCEL", "TCOMMIT", "TSTART", "TTEST"]],
];

export const absentRows: readonly AbsentRow[] = ABSENT.flatMap(([feature, rows]) =>
  rows.map((name) => ({ name, feature })),
);

/** Of these, in lower case, as a disassembler writes them. */
export const absentMnemonics: ReadonlySet<string> = new Set(
  absentRows.flatMap(({ name }) =>
    name
      .replaceAll(/ \(.*?\)/g, "")
      .toLowerCase()
      .split(", "),
  ),
);
