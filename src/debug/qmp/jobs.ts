import { EventEmitter, messageOf, UserError } from "../../base/index.ts";
import type { Json } from "./json.ts";

export type JobStatus = "created" | "running" | "waiting" | "pending" | "aborting" | "concluded" | "null";

interface Job {
  readonly id: string;
  readonly type: string;
  status: JobStatus;
  error: string | undefined;
}

/** Work that QMP clients start with one command and ask about with others (QEMU's docs, "Jobs"). */
export class Jobs {
  private readonly jobs = new Map<string, Job>();
  private readonly changes = new EventEmitter<{ readonly id: string; readonly status: JobStatus }>();
  readonly onChange = this.changes.on.bind(this.changes);

  /** Starts `work` and does not wait for its end. Throws a UserError when the id cannot be had. */
  start(id: string, type: string, work: () => Promise<void>): void {
    if (!/^[A-Za-z][A-Za-z0-9._-]*$/.test(id)) throw new UserError(`Invalid job ID '${id}'`);
    if (this.jobs.has(id)) throw new UserError(`Job ID '${id}' already in use`);
    const job: Job = { id, type, status: "created", error: undefined };
    this.jobs.set(id, job);
    this.set(job, "created");
    this.set(job, "running");
    void this.finish(job, work);
  }

  list(): Json[] {
    return [...this.jobs.values()].map(({ id, type, status, error }) => ({
      id,
      type,
      status,
      "current-progress": status === "concluded" ? 1 : 0,
      "total-progress": 1,
      ...(error === undefined ? {} : { error }),
    }));
  }

  dismiss(id: string): void {
    const job = this.jobs.get(id);
    if (!job) throw new UserError(`Job '${id}' not found`);
    if (job.status !== "concluded")
      throw new UserError(`Job '${id}' in state '${job.status}' cannot accept command verb 'dismiss'`);
    this.jobs.delete(id);
    this.set(job, "null");
  }

  private async finish(job: Job, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.set(job, "waiting");
      this.set(job, "pending");
    } catch (error) {
      job.error = messageOf(error);
      this.set(job, "aborting");
    }
    this.set(job, "concluded");
  }

  private set(job: Job, status: JobStatus): void {
    job.status = status;
    this.changes.emit({ id: job.id, status });
  }
}
