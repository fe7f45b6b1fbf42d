export { noMachine } from "./no-machine.ts";
export { ViewReader, ViewTeller } from "./view-change.ts";
export { FILE_HEAD_BYTES, FILE_TAIL_BYTES } from "./machine.ts";
export type {
  BootSource,
  BreakpointView,
  BridgeState,
  CodeLine,
  DemoView,
  FileHead,
  InspectRequest,
  Inspection,
  KeptBreakpoint,
  Listener,
  MachineApi,
  Mark,
  NamedBlob,
  NamedBytes,
  Notice,
  OutputChunk,
  ProgressView,
  RecognizedImage,
  RecordingInfo,
  RegisterView,
  SlicedFile,
  SnapshotMark,
  View,
} from "./machine.ts";
