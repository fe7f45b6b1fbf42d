import type {
  BootSource,
  DemoView,
  FileHead,
  NamedBlob,
  RecognizedImage,
  RecordingInfo,
  SlicedFile,
} from "../../api/index.ts";
import { FakeMotions } from "./fake-motions.ts";

/** What the made-up machine can be: a demo that boots, and recordings. */
export class FakeLibrary extends FakeMotions {
  private async fetchGuest(): Promise<void> {
    const total = 26.9e6;
    let done = 0;
    await this.start("none", () => {
      done = Math.min(total, done + total / 8);
      this.progress = { task: "Fetching the kernel", done, total, unit: "bytes", cancellable: true };
      return done < total;
    });
    this.progress = undefined;
  }

  /** What was booted last. */
  booted: BootSource | undefined;
  async boot(source: BootSource): Promise<void> {
    this.booted = source;
    await this.fetchGuest();
    this.mode = "record";
    this.powerOn("Debian 12 boot");
    this.recordings.add(this.current!);
    this.pushOutput(true, 0);
    void this.run();
  }

  cancel(): Promise<void> {
    this.progress = undefined;
    return this.pause();
  }

  openRecording(id: string): Promise<void> {
    return this.replay(this.recordings.find(id));
  }
  openDemoRecording(): Promise<void> {
    return this.replay();
  }
  private async replay(recording?: RecordingInfo): Promise<void> {
    this.mode = "play";
    this.powerOn("Debian 12 boot and crash");
    if (this.recordings.empty) this.recordings.add(this.current!);
    this.current = recording ?? this.current;
    this.extend(this.otherEnd);
    this.inputs.push(
      { position: 640e6, label: "echo hello\r" },
      { position: 720e6, label: "echo c > /proc/sysrq-trigger\r" },
    );
    this.snapshots.push({ position: 583_012_000, label: "before init", virtualNs: 583_012_000, named: true });
    this.pushOutput(true, 0);
    await this.run();
  }
  close(): Promise<void> {
    this.halt();
    this.mode = "none";
    this.current = undefined;
    this.push();
    return Promise.resolve();
  }
  demo(): Promise<DemoView> {
    const others = ["Debian on x86-64"];
    return Promise.resolve({
      ...{ boot: true, recording: true, title: "Debian 12, Linux 6.1, arm64" },
      ...{ others, kernels: "arm64 or x86" },
    });
  }
  recognize(files: readonly FileHead[]): Promise<readonly (RecognizedImage | undefined)[]> {
    const of = ({ name }: FileHead) =>
      /^init/.test(name)
        ? "initrd"
        : /^(Image|vmlinu|bzImage)/.test(name)
          ? "kernel"
          : /^bios/.test(name)
            ? "firmware"
            : undefined;
    return Promise.resolve(files.map(of));
  }

  async listRecordings(): Promise<readonly RecordingInfo[]> {
    return this.recordings.list(this.current, this.end);
  }
  async renameRecording(id: string, name: string): Promise<void> {
    this.recordings.rename(id, name);
    if (this.current?.id === id) this.current = { ...this.current, name };
    this.push();
  }
  async deleteRecording(id: string): Promise<void> {
    this.recordings.delete(id);
    if (this.current?.id === id) await this.close();
  }
  async exportRecording(id: string): Promise<NamedBlob> {
    return this.recordings.export(id);
  }
  giveImages(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }
  async importRecording(file: SlicedFile): Promise<string> {
    return this.recordings.import(file);
  }

  /** As if another tab recorded what is open here, and had come so far. */
  recordElsewhere(end: number): void {
    this.otherTab = true;
    this.otherEnd = end;
    this.push();
  }
}
