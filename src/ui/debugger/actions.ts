import type { KeptSetting } from "../kept-setting.ts";
import type { Inspector } from "../inspector.ts";
import type { Jumps } from "../jumps.ts";
import type { LowerTab, Tab } from "../model.ts";
import type { Page } from "../page.ts";

/** What the panels show, break- and watchpoints, and the monitor. */
export class DebuggerActions {
  constructor(
    private readonly page: Page,
    private readonly inspector: Inspector,
    private readonly jumps: Jumps,
    private readonly keptSyntax: KeptSetting,
  ) {
    page.model.syntax = keptSyntax.value;
  }

  setTab(tab: Tab): void {
    this.page.model.tab = tab;
    this.page.changed();
  }
  setLowerTab(tab: LowerTab): void {
    this.page.model.lowerTab = tab;
    this.page.changed();
  }
  setCodeLines(lines: number): void {
    if (lines === this.page.model.codeLines) return;
    this.page.model.codeLines = lines;
    this.inspector.inspect();
  }
  /** Of the disassembly, for the next time too. */
  setSyntax(name: string): void {
    this.page.model.syntax = name;
    this.keptSyntax.keep(name);
    this.inspector.inspect();
    this.page.changed();
  }
  /** `scroll`: so many instructions behind the address. */
  showCode(address: bigint | undefined, scroll = 0): void {
    this.page.model.tab = "code";
    this.page.model.codeAddress = address;
    this.page.model.codeScroll = scroll;
    this.inspector.inspect();
    this.page.changed();
  }
  showMemory(address: bigint): void {
    this.page.model.tab = "memory";
    this.page.model.memoryAddress = address;
    this.inspector.inspect();
    this.page.changed();
  }
  async goToExpression(expression: string, show: (address: bigint) => void): Promise<void> {
    const address = await this.page.attempt(this.page.api.resolve(expression));
    if (address !== undefined) show(address);
  }
  async complete(prefix: string): Promise<void> {
    this.page.model.completions =
      (await this.page.attempt(this.page.api.completeSymbol(prefix, 20), "completion")) ?? [];
    this.page.changed();
  }
  toggleBreakpoint(address: bigint): void {
    const old = this.page.model.view.breakpoints.find((b) => b.kind === "break" && b.address === address);
    void this.page.attempt(
      old === undefined
        ? this.page.api.addBreakpoint("break", `0x${address.toString(16)}`, 1)
        : this.page.api.removeBreakpoint(old.id),
    );
  }
  async monitor(command: string): Promise<void> {
    const jumps = /^\s*(seek|replay_seek|loadvm)\s/.test(command);
    const say = (): Promise<string> => this.page.api.monitor(command);
    const output = await this.page.attempt(
      jumps ? this.jumps.leap(say, (answer) => !answer.startsWith("Error")) : say(),
    );
    if (output === undefined) return;
    this.page.model.monitorLog = [...this.page.model.monitorLog.slice(-199), { command, output }];
    this.page.changed();
  }
  bookmark(): void {
    const { view } = this.page.model;
    const number = view.snapshots.filter((s) => s.label.startsWith("mark")).length + 1;
    void this.page.attempt(this.page.api.saveSnapshot(`mark${number}`));
  }
}
