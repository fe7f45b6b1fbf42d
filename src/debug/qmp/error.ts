import { UserError } from "../../base/index.ts";

export type ErrorClass = "GenericError" | "CommandNotFound";

/** What a client reads as `{"error": {"class": ..., "desc": ...}}`. Other UserErrors are of the GenericError class. */
export class QmpError extends UserError {
  override name = "QmpError";

  constructor(
    readonly errorClass: ErrorClass,
    message: string,
  ) {
    super(message);
  }
}
