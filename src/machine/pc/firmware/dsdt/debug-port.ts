import {
  type Aml,
  arg,
  dereference,
  field,
  FieldAccess,
  increment,
  index,
  less,
  local,
  loopWhile,
  method,
  operationRegion,
  scope,
  sizeOf,
  Space,
  store,
  subtract,
  toBuffer,
  toHexString,
} from "../aml/index.ts";

const PORT = 0x402;
const NEWLINE = 0x0a;

/** `DBUG (value)` writes its digits, without the zero that ends them, to firmware's debug port. */
export function debugPort(): Aml {
  const [digits, length, position] = [local(0), local(1), local(2)];
  return scope(
    "\\",
    operationRegion("DBG", Space.IO, PORT, 1),
    field("DBG", FieldAccess.BYTE, ["DBGB", 8]),
    method(
      "DBUG",
      1,
      toHexString(arg(0), digits),
      toBuffer(digits, digits),
      subtract(sizeOf(digits), 1, length),
      store(0, position),
      loopWhile(less(position, length), store(dereference(index(digits, position)), "DBGB"), increment(position)),
      store(NEWLINE, "DBGB"),
    ),
  );
}
