import type { Terminal } from "@xterm/xterm";

const DECAWM = 7;

/**
 * Makes a terminal wrap long lines whatever the guest says: firmware turns that off for its own screen and leaves it off, and all
 * that comes after would write the ends of its lines over one another in the last column.
 */
export function alwaysWrap(terminal: Terminal): Terminal {
  terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, (modes) => modes.length === 1 && modes[0] === DECAWM);
  return terminal;
}
