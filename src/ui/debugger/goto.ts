import { type TemplateResult, html } from "lit-html";
import type { Controller } from "../controller.ts";

/** An input for a symbol or an address, with the kernel's names offered while typing. */
export function expressionInput(controller: Controller, name: string, placeholder: string): TemplateResult {
  const complete = (event: Event): void => void controller.debugger.complete((event.target as HTMLInputElement).value);
  return html`<input
    class="grow mono"
    name=${name}
    aria-label=${placeholder}
    placeholder=${placeholder}
    list="symbols"
    autocomplete="off"
    autocapitalize="off"
    spellcheck="false"
    required
    @input=${complete}
  />`;
}

export function gotoForm(controller: Controller, show: (address: bigint) => void): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    void controller.debugger
      .goToExpression(String(new FormData(form).get("expression")), show)
      .then(() => form.reset());
  };
  return html`<form class="row grow" @submit=${submit}>
    ${expressionInput(controller, "expression", "Go to a symbol or an address")}
    <button class="quiet">Go</button>
  </form>`;
}

/** One list of completions for all inputs of the page. */
export function symbolList(controller: Controller): TemplateResult {
  return html`<datalist id="symbols">
    ${controller.model.completions.map((name) => html`<option value=${name}></option>`)}
  </datalist>`;
}
