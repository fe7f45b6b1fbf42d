import type {
  BreakpointView,
  InspectRequest,
  Inspection,
  KeptBreakpoint,
  MachineApi,
  NamedBlob,
} from "../../api/index.ts";
import { complete } from "./breakpoints.ts";
import { madeUpInspection } from "./details.ts";
import { FakeLibrary } from "./fake-library.ts";

const decoder = new TextDecoder();

/** A made-up machine behind the real contract, for looking at the page and testing it without a guest. */
export class FakeMachine extends FakeLibrary implements MachineApi {
  /** Of the disassembly; the second is in capitals. */
  syntaxes: readonly string[] = [];

  reset(): Promise<void> {
    return Promise.resolve();
  }

  sendInput(bytes: Uint8Array): Promise<boolean> {
    if (this.mode !== "record" || this.position !== this.end) return Promise.resolve(false);
    const text = decoder.decode(bytes);
    this.inputs.push({ position: this.end, label: text });
    const before = this.console.length;
    this.end += this.console.type(text, this.end);
    this.position = this.end;
    this.pushOutput(false, before);
    this.push();
    return Promise.resolve(true);
  }

  sendBreak(): Promise<boolean> {
    if (this.mode !== "record" || this.position !== this.end) return Promise.resolve(false);
    this.inputs = [...this.inputs, { position: this.end, label: "BREAK" }];
    this.push();
    return Promise.resolve(true);
  }

  inspect(request: InspectRequest): Promise<Inspection | undefined> {
    if (this.mode === "none") return Promise.resolve(undefined);
    return Promise.resolve(madeUpInspection(this.position, this.pc(), request, this.syntaxes));
  }

  addSymbols(): Promise<number | undefined> {
    return Promise.resolve(undefined);
  }
  async completeSymbol(prefix: string, limit: number): Promise<readonly string[]> {
    return complete(prefix, limit);
  }
  async addBreakpoint(kind: BreakpointView["kind"], expression: string, length: number): Promise<void> {
    this.breakpoints.add(kind, expression, length);
    this.push();
  }
  async restoreBreakpoints(points: readonly KeptBreakpoint[]): Promise<void> {
    this.breakpoints.restore(points);
    this.push();
  }
  async removeBreakpoint(id: number): Promise<void> {
    this.breakpoints.remove(id);
    this.push();
  }
  async enableBreakpoint(id: number, enabled: boolean): Promise<void> {
    this.breakpoints.enable(id, enabled);
    this.push();
  }

  saveSnapshot(label: string): Promise<void> {
    this.snapshots = [...this.snapshots, { position: this.position, label, virtualNs: this.position, named: true }];
    this.push();
    return Promise.resolve();
  }
  deleteSnapshot(label: string): Promise<void> {
    this.snapshots = this.snapshots.filter((s) => s.label !== label);
    this.push();
    return Promise.resolve();
  }
  monitor(command: string): Promise<string> {
    if (command === "info replay") {
      const doing = this.mode === "record" ? "Recording" : "Replaying";
      return Promise.resolve(`${doing} execution 'demo': instruction count = ${this.position}\n`);
    }
    return Promise.resolve(`unknown command: '${command}'\n`);
  }
  symbolFile(): Promise<NamedBlob> {
    return Promise.resolve({ name: "vmlinux-symbols.elf", blob: new Blob(["\x7fELF"]) });
  }
  stateHash(): Promise<string> {
    return Promise.resolve(this.position.toString(16).padStart(32, "0"));
  }
  /** How often the page said so. */
  timesHidden = 0;
  hidden(): Promise<void> {
    this.timesHidden++;
    return Promise.resolve();
  }
  connectBridge(): Promise<void> {
    this.bridge = { kind: "listening", port: 1234 };
    this.push();
    return Promise.resolve();
  }
  detachDebugger(): Promise<void> {
    return this.connectBridge();
  }
  /** As if gdb had attached, which stops the machine, and perhaps let it run again. */
  attachGdb(stopped = true): void {
    this.halt();
    this.bridge = { kind: "attached", port: 1234, stopped };
    this.push();
  }
}
