import { type TemplateResult, html, nothing } from "lit-html";
import type { Inspection, RegisterView } from "../../api/index.ts";
import type { Controller } from "../controller.ts";

export function registers(controller: Controller, inspection: Inspection): TemplateResult {
  const groups = [
    ["general", "General"],
    ["system", "System"],
    ["float", "Floating point and SIMD"],
  ] as const;
  return html`${groups.map(([group, title]) =>
    inspection.registers.some((r) => r.group === group)
      ? html`<h3>${title}</h3>
          ${registerGrid(controller, inspection, group)}`
      : nothing,
  )}`;
}

export function registerGrid(
  controller: Controller,
  inspection: Inspection,
  group: RegisterView["group"],
): TemplateResult {
  const { before } = controller.model;
  const shown = inspection.registers.filter((r) => r.group === group);
  return html`<dl class="registers" data-group=${group}>
    ${shown.map(({ name, value }) => {
      const changed = before.has(name) && before.get(name) !== value;
      return html`<div data-changed=${changed ? "yes" : "no"}>
        <dt>${name}</dt>
        <dd title=${changed ? `was ${before.get(name)}` : nothing}>${digits(value)}</dd>
      </div>`;
    })}
  </dl>`;
}

/** Leading zeros step back, so that the number stands out. */
function digits(value: string): TemplateResult {
  const zeros = /^0*(?=.)/.exec(value)![0];
  return html`<span class="zeros">${zeros}</span>${value.slice(zeros.length)}`;
}
