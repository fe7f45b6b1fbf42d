import { type Aml, packaged } from "./encoding.ts";
import { type Operand, operand } from "./operand.ts";

export const when = (condition: Aml, ...then: readonly Aml[]): Aml => packaged([0xa0], condition, ...then);

/** Follows a `when`. */
export const otherwise = (...terms: readonly Aml[]): Aml => packaged([0xa1], ...terms);

export const loopWhile = (condition: Aml, ...body: readonly Aml[]): Aml => packaged([0xa2], condition, ...body);

export const give = (value: Operand): Aml => [0xa4, ...operand(value)];

export const leaveLoop: Aml = [0xa5];
