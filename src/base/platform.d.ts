/**
 * The few host globals that floors without a host library may use.
 * No clock and no randomness stands here, on purpose: see docs/decisions/0003.
 */
declare namespace WebAssembly {
  interface MemoryDescriptor {
    initial: number;
    maximum?: number;
  }
  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array<ArrayBufferLike>);
    static customSections(module: Module, name: string): ArrayBuffer[];
    static exports(module: Module): { name: string }[];
    static imports(module: Module): { name: string }[];
  }
  class Table {
    constructor(descriptor: { element: "anyfunc"; initial: number; maximum?: number });
    get(index: number): unknown;
    set(index: number, value: unknown): void;
    grow(delta: number): number;
    readonly length: number;
  }
  type Imports = Record<string, Record<string, unknown>>;
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, unknown>;
  }
  function compile(bytes: Uint8Array<ArrayBufferLike>): Promise<Module>;
  function validate(bytes: Uint8Array<ArrayBufferLike>): boolean;
}
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array<ArrayBufferLike>, options?: { stream?: boolean }): string;
}
