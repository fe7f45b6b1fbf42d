/** Configuration mechanism 1: CONFIG_ADDRESS at CF8h, CONFIG_DATA at CFCh. PCI Local Bus Specification 3.0, 3.2.2.3.2. */
export const ENABLED = 0x8000_0000;
