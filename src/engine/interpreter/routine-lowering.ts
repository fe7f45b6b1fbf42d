import { AssertionError } from "../../base/index.ts";
import type { Value } from "../../isa/index.ts";
import { ENGINE } from "../layout.ts";
import { BaseLowering } from "./lowering.ts";

/** The lowering of guest routines and of the engine's own functions: ip and budget stand in memory, no step is ended here. */
export class RoutineLowering extends BaseLowering {
  protected outside<T>(run: () => T): T {
    return run();
  }
  protected budget(): Value {
    return this.peek32(ENGINE.budget);
  }
  protected ip(): Value {
    return this.peek32(ENGINE.ip);
  }
  loadDescriptor(physicalAddress: Value, page: Value): Value {
    return this.callFunction("loadDescriptor", "i64", physicalAddress, page);
  }
  storeDescriptor(bits: 32 | 64, physicalAddress: Value, value: Value, access: Value): void {
    const bytes = this.constant("i32", bits / 8);
    const stored = value.type === "i32" ? this.op("i64.extend_i32_u", value) : value;
    this.callFunction("storeDescriptor", undefined, physicalAddress, stored, bytes, access);
  }

  operand(): never {
    throw new AssertionError("a routine has no operands");
  }
  known(): never {
    throw new AssertionError("a routine has no operands");
  }
  derive(): never {
    throw new AssertionError("a routine has no operands");
  }
  load(): never {
    throw new AssertionError("a routine does not access guest memory");
  }
  store(): never {
    throw new AssertionError("a routine does not access guest memory");
  }
  jump(): never {
    throw new AssertionError("a routine does not end the step");
  }
  branch(): never {
    throw new AssertionError("a routine does not end the step");
  }
  resume(): never {
    throw new AssertionError("a routine does not end the step");
  }
}
