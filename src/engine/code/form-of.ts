import type { Guest } from "../../isa/index.ts";
import type { CodeForm } from "./code-form.ts";
import { runForm } from "./run-form.ts";
import { wordForm } from "./word-form.ts";

export const formOf = (guest: Pick<Guest, "code">): CodeForm => (guest.code ? runForm : wordForm);
