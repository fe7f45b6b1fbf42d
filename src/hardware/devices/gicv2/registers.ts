/** Distributor register offsets (Arm IHI 0048B, section 4.3); the ends are exclusive. */
export const Distributor = {
  CTLR: 0x000,
  TYPER: 0x004,
  IIDR: 0x008,
  IGROUPR: 0x080,
  ISENABLER: 0x100,
  ICENABLER: 0x180,
  ISPENDR: 0x200,
  ICPENDR: 0x280,
  ISACTIVER: 0x300,
  ICACTIVER: 0x380,
  IPRIORITYR: 0x400,
  ITARGETSR: 0x800,
  ICFGR: 0xc00,
  SGIR: 0xf00,
  CPENDSGIR: 0xf10,
  SPENDSGIR: 0xf20,
  ID: 0xfd0,
} as const;

/** CPU interface register offsets (section 4.4). */
export const CpuInterface = {
  CTLR: 0x00,
  PMR: 0x04,
  BPR: 0x08,
  IAR: 0x0c,
  EOIR: 0x10,
  RPR: 0x14,
  HPPIR: 0x18,
  ABPR: 0x1c,
  APR: 0xd0,
  NSAPR: 0xe0,
  IIDR: 0xfc,
  DIR: 0x1000,
} as const;

export const INTERRUPTS = 288;
export const WORDS = INTERRUPTS / 32;
export const SGIS = 16;

/** Answers of IAR when there is nothing to take, or only a group 1 interrupt that AckCtl does not allow. */
export const SPURIOUS = 1023;
export const SPURIOUS_GROUP1 = 1022;

export const IDLE_PRIORITY = 0x100;

export const GICD_CTLR_MASK = 3;
/** 288 interrupt ids, one CPU, no security extensions. */
export const GICD_TYPER = WORDS - 1;
export const GICD_IIDR = 0x43b;
export const GICC_IIDR = 0x2043b;
export const GICD_ID_BYTES = [0x04, 0x00, 0x00, 0x00, 0x90, 0xb4, 0x2b, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

export const GICC_CTLR_MASK = 0x21f;
export const GICC_CTLR_GROUPS = 0x3;
export const GICC_CTLR_ACK_CTL = 0x4;
export const GICC_CTLR_FIQ_EN = 0x8;
export const GICC_CTLR_CBPR = 0x10;
export const GICC_CTLR_EOI_MODE = 0x200;
