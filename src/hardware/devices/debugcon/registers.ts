/** What a read gives: firmware sees by it that there is a console (the port of Bochs' debug console is E9h itself). */
export const PRESENT = 0xe9;
