// What machine and translator say to each other: all of it can be posted to a worker.

/** A page's code and where in it to begin. Places count in the guest's units: words of 4 bytes, or bytes. */
export interface TranslationRequest {
  readonly units: Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  /** In which the code is decoded; 0 where there is one. */
  readonly mode?: number;
  readonly entry: number;
  /** Places at which it should be possible to enter, too, if the region comes to hold them. */
  readonly entries?: Uint16Array<ArrayBuffer>;
  /** A byte per place: not 0 where it has been executed. The others are left out; undefined: none is. */
  readonly executed?: Uint8Array<ArrayBuffer>;
}

export interface TranslatedRegion {
  /** Places at which it can be entered, in the order of their numbers; none when nothing could be translated. */
  readonly entries: Uint16Array;
  /** The module's export. A predecoded entry names it together with the number of the region's entry. */
  readonly function: string;
  /** Places of the units that the region was made from, and what they said. */
  readonly covered: Uint16Array;
  readonly code: Uint32Array;
  /** In which they were decoded; 0 where there is one. */
  readonly mode: number;
}

export interface Translation {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** In the order of the requests. */
  readonly regions: readonly TranslatedRegion[];
}

/** One batch for the translator, as a message to its worker. */
export interface TranslationJob {
  readonly id: number;
  /** Code to be translated; or regions that there are, to be made again as they are, together in one module. */
  readonly requests: readonly (TranslationRequest | TranslatedRegion)[];
  /** Whether it may be of use to other machines: it may, unless told otherwise. */
  readonly keep?: boolean;
  /** Modules that are kept and will be of no use any more, by their stamps. */
  readonly replaces?: readonly string[];
}

/** Regions that were translated together, compiled. */
export interface TranslatedModule {
  readonly module: WebAssembly.Module;
  /** Size of the module. */
  readonly bytes: number;
  readonly regions: readonly TranslatedRegion[];
  /** Its stamp, where it is kept. */
  readonly kept?: string | undefined;
}

/** Its regions are in the order of the requests. */
export interface TranslationReply extends TranslatedModule {
  readonly id: number;
  /** How long it took, where somebody looked at the clock. */
  readonly ms?: number;
}
