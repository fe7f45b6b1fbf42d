import { type TemplateResult, html, nothing } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { CodeLine, Inspection } from "../../api/index.ts";
import type { Controller } from "../controller.ts";
import { formatAddress } from "../format.ts";
import { icon } from "../icons.ts";
import { gotoForm } from "./goto.ts";
import { gutters, onGutterKey, setTabStop, tabStop } from "./gutter.ts";
import { registerGrid } from "./registers.ts";

/** Disassembly around the pc, or where the user went. The gutter sets breakpoints. */
export function code(controller: Controller, inspection: Inspection): TemplateResult {
  const { model } = controller;
  const away = model.codeAddress !== undefined;
  const scroll = (lines: number): void => {
    const scrolled = model.codeAddress === undefined ? 0 : model.codeScroll;
    controller.debugger.showCode(model.codeAddress ?? inspection.pc, scrolled + lines);
  };
  const stop = tabStop(controller, inspection);
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    scroll(Math.sign(event.deltaY) * 3);
  };
  return html`
    <div class="row toolbar">
      ${gotoForm(controller, (address) => controller.debugger.showCode(address))}
      <button class="quiet" title="Earlier code" aria-label="Earlier code" @click=${() => scroll(-8)}>
        ${icon("up")}
      </button>
      <button class="quiet" title="Later code" aria-label="Later code" @click=${() => scroll(8)}>
        ${icon("down")}
      </button>
      ${syntaxes(controller, inspection)}
      <button class="quiet" ?disabled=${!away} @click=${() => controller.debugger.showCode(undefined)}>pc</button>
    </div>
    <div
      class="code"
      role="list"
      aria-label="Disassembly"
      @wheel=${onWheel}
      @keydown=${(event: KeyboardEvent) => onGutterKey(event, scroll)}
      @focusin=${(event: FocusEvent) => setTabStop(controller, gutters(event).indexOf(event.target as Element))}
      @focusout=${() => setTabStop(controller, undefined)}
      ${ref(measuring(controller))}
    >
      ${inspection.code.map((line, i) => codeLine(controller, line, inspection.pc, i === stop))}
    </div>
    <div class="code-registers">${registerGrid(controller, inspection, "general")}</div>
  `;
}

/** The syntax in use, where there are several: a press goes to the next one. */
function syntaxes(controller: Controller, { syntaxes }: Inspection): TemplateResult | typeof nothing {
  if (syntaxes.length < 2) return nothing;
  const at = Math.max(0, syntaxes.indexOf(controller.model.syntax ?? ""));
  const [name, next] = [syntaxes[at]!, syntaxes[(at + 1) % syntaxes.length]!];
  return html`<button
    class="quiet"
    title="Syntax of the disassembly"
    aria-label="Syntax of the disassembly: ${name}"
    @click=${() => controller.debugger.setSyntax(next)}
  >
    ${name}
  </button>`;
}

/** Pixels of one line; stands in the style sheet too. */
const lineHeight = 24;
let observed: Element | undefined;
let observer: ResizeObserver | undefined;
const measures = new WeakMap<Controller, (element: Element | undefined) => void>();

/** One for all frames: lit-html takes another function for another element, to be measured anew. */
function measuring(controller: Controller): (element: Element | undefined) => void {
  let measured = measures.get(controller);
  if (!measured) measures.set(controller, (measured = (element) => measure(element, controller)));
  return measured;
}

/** Asks for as many lines as fit. */
function measure(element: Element | undefined, controller: Controller): void {
  if (element === observed) return;
  observer?.disconnect();
  observed = element;
  if (element === undefined) return;
  observer = new ResizeObserver(() =>
    controller.debugger.setCodeLines(Math.max(4, Math.floor(element.clientHeight / lineHeight) - 1)),
  );
  observer.observe(element);
}

/** Branches name where they go instead of its address, where that has a name. */
function withSymbol(operands: string, comment: string | undefined): TemplateResult {
  const target = /0x[0-9a-f]{4,}$/.exec(operands);
  if (comment === undefined) return html`${operands}`;
  if (target === null) return html`${operands}<span class="comment"> ; ${comment}</span>`;
  return html`${operands.slice(0, target.index)}<span class="target" title=${target[0]}>${comment}</span>`;
}

/** The line on which the pointer went down: when it comes up, the guest may have gone on to other code. */
let pressed: bigint | undefined;

function press(event: PointerEvent, address: bigint): void {
  pressed = address;
  // The click goes to this button wherever it is by then.
  (event.target as Element).setPointerCapture(event.pointerId);
}

function codeLine(controller: Controller, line: CodeLine, pc: bigint, tabStop: boolean): TemplateResult {
  const { address, mnemonic, operands } = line;
  const breakpoint = controller.model.view.breakpoints.find((b) => b.kind === "break" && b.address === address);
  const here = address === pc;
  return html`
    ${line.symbol === undefined ? nothing : html`<div class="symbol ellipsis" role="listitem">${line.symbol}:</div>`}
    <div class="instruction" role="listitem" aria-current=${here ? "step" : nothing}>
      <button
        class="gutter"
        data-set=${breakpoint === undefined ? "no" : breakpoint.enabled ? "yes" : "off"}
        tabindex=${tabStop ? 0 : -1}
        aria-label="Breakpoint at ${formatAddress(address)}"
        aria-description="${mnemonic} ${operands}"
        aria-pressed=${breakpoint !== undefined}
        @pointerdown=${(event: PointerEvent) => press(event, address)}
        @click=${(event: MouseEvent) => controller.debugger.toggleBreakpoint(event.detail > 0 ? (pressed ?? address) : address)}
      ></button>
      <span class="address">${formatAddress(address)}</span>
      <span class="mnemonic">${mnemonic}</span>
      <span class="operands">${withSymbol(operands, line.comment)}</span>
    </div>
  `;
}
