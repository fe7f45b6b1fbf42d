import { assert, UserError } from "../../base/index.ts";
import type { Machine } from "../../machine/index.ts";
import type { RecordingStore } from "../../storage/index.ts";
import type { Host } from "../door/host.ts";
import { Keyframes } from "../keyframes/keyframes.ts";
import { BlockCache } from "../log/blocks.ts";
import { LiveEnd } from "../door/live-end.ts";
import type { LogHeader } from "../log/header.ts";
import { History } from "../log/history.ts";
import type { Recording } from "../log/reader.ts";
import { logFile } from "../log/log-file.ts";
import { damagedRecording, noticeOf } from "./damage.ts";
import { SessionLog } from "../log/session-log.ts";
import type { Claim, Printed } from "./session-parts.ts";
import { defaultLimits, Chronicle, type TravelLimits } from "./chronicle.ts";
import { TravelSession } from "./travel-session.ts";
import { OLDEST_SEMANTICS, SEMANTICS } from "../versions.ts";

export interface SessionOptions {
  /** Its door and its power-on are the session's business from here on. */
  readonly machine: Machine;
  readonly host: Host;
  readonly limits?: Partial<TravelLimits>;
  /** An idle guest waits in the host's time too (QEMU's sleep=on, the default); else its clock jumps. */
  readonly sleep?: boolean;
  /** Asked for the name of a branch before it is recorded; rejects to refuse it. */
  readonly claim?: (name: string) => Promise<Claim>;
}

export interface RecordOptions extends SessionOptions {
  readonly store: RecordingStore;
  /** Names the recording in the store; must be free. */
  readonly name: string;
  readonly header: LogHeader;
}

export interface OpenOptions extends SessionOptions {
  readonly name: string;
  /** What `readRecording` gave; the machine was made by its header. */
  readonly recording: Recording;
  /** Where keyframes are cached, and names of snapshots appended unless the recording is damaged. */
  readonly store?: RecordingStore;
  /** Why nothing is to be stored, such as another session that writes the log, for a user to read. */
  readonly readOnly?: string;
  /** Keyframes are stored at quiet moments, without being asked for. */
  readonly keep?: boolean;
}

/** A machine without a recording: its history is kept in memory, so that going back works all the same. */
export function plainSession(options: SessionOptions): TravelSession {
  return liveSession(options, new SessionLog(new History()));
}

/** Powers the machine on and records it. Rejects with a UserError when the name is taken or storage is full. */
export async function recordSession(options: RecordOptions): Promise<TravelSession> {
  assert(options.header.configuration === options.machine.configuration, "the header is of another machine");
  const { store, name, header } = options;
  const file = logFile(store, name, header);
  const stored = await file.renew();
  const { logCacheBytes, logBlockBytes } = { ...defaultLimits, ...options.limits };
  const log = new SessionLog(new History(undefined, new BlockCache(logCacheBytes, logBlockBytes)), file);
  log.begin(stored);
  const session = liveSession(options, log, options);
  await stored.writer.settled();
  return session;
}

/** Throws a UserError when this Hindsight cannot replay it as it was. */
export function checkSemantics({ header, history }: Recording): void {
  const { semantics } = header.configuration;
  if (semantics < OLDEST_SEMANTICS || semantics > SEMANTICS)
    throw new UserError(
      `the recording was made by Hindsight ${header.version} with semantics ` +
        `${semantics}; this one has semantics ${SEMANTICS} and would replay it differently`,
    );
  if (!history.poweredOn) throw new UserError("the recording ends before the machine was powered on");
}

/** Opens a recording at position 0. Rejects with a UserError when it cannot be replayed. */
export async function openSession(options: OpenOptions): Promise<TravelSession> {
  const { recording, store, name } = options;
  const { history } = recording;
  while (!history.poweredOn && history.growth) await history.growth;
  checkSemantics(recording);
  await history.blocks.load(0, 1);
  const unstored = options.readOnly ?? (recording.damage && damagedRecording);
  const log = new SessionLog(
    history,
    store && unstored === undefined ? logFile(store, name, recording.header, recording) : undefined,
    unstored,
    {
      keepIndex: async () => (options.readOnly === undefined ? recording.keepIndex?.() : undefined),
      close: async () => recording.close?.(),
    },
  );
  const { chronicle, printed } = makeChronicle(options, log);
  chronicle.powerOn(chronicle.replayer);
  const keyframes = store && new Keyframes(chronicle, store, name, options.host, options.readOnly === undefined);
  await keyframes?.open();
  return new TravelSession({
    chronicle,
    host: options.host,
    live: undefined,
    log,
    printed,
    keyframes,
    keeps: (options.keep ?? false) && options.readOnly === undefined,
    recordingName: name,
    sleep: options.sleep ?? true,
    claim: options.claim,
    stored: { store, header: recording.header },
    notice: recording.damage && noticeOf(recording.damage),
  });
}

function liveSession(options: SessionOptions, log: SessionLog, stored?: RecordOptions): TravelSession {
  const { host } = options;
  const { chronicle, printed } = makeChronicle(options, log);
  const live = new LiveEnd(chronicle, host, log, options.sleep ?? true);
  live.powerOn();
  const keyframes = stored && new Keyframes(chronicle, stored.store, stored.name, host);
  return new TravelSession({
    chronicle,
    host,
    live,
    log,
    printed,
    keyframes,
    keeps: true,
    recordingName: stored?.name,
    notice: undefined,
    sleep: options.sleep ?? true,
    claim: options.claim,
    stored,
  });
}

function makeChronicle(options: SessionOptions, log: SessionLog): { chronicle: Chronicle; printed: Printed[] } {
  const printed: Printed[] = [];
  const onOutput = (port: number, sent: Uint8Array): void => {
    const last = printed.at(-1);
    const joins = last?.port === port && options.machine.ports[port]?.framing === "stream";
    if (joins) last.bytes.push(...sent);
    else printed.push({ port, bytes: [...sent] });
  };
  const limits = { ...defaultLimits, ...options.limits };
  return { chronicle: new Chronicle(options.machine, log.history, limits, log.record, onOutput), printed };
}
