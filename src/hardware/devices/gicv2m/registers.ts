/** Register offsets of a GICv2m frame (Arm Server Base System Architecture, appendix E). */
export const Offset = { TYPER: 0x008, SETSPI: 0x040, IIDR: 0xfcc } as const;

export const IIDR = 0x0510_0000;
