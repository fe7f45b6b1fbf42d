import { UserError } from "../base/index.ts";

/** A replay did something else than what was recorded. `position`: where it was noticed. */
export class Divergence extends UserError {
  override name = "Divergence";

  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
  }
}
