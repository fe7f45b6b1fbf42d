import { hexDigits } from "../../base/index.ts";
import { type TemplateResult, html, nothing } from "lit-html";
import type { Inspection } from "../../api/index.ts";
import type { Controller } from "../controller.ts";
import { formatAddress } from "../format.ts";
import { icon } from "../icons.ts";
import { gotoForm } from "./goto.ts";

const rowBytes = 8;

/** A hex dump by the CPU's present translation. */
export function memory(controller: Controller, inspection: Inspection): TemplateResult {
  const { address, bytes, symbol } = inspection.memory;
  const move = (by: number): void => controller.debugger.showMemory(BigInt.asUintN(64, address + BigInt(by)));
  return html`
    <div class="row toolbar">
      ${gotoForm(controller, (to) => controller.debugger.showMemory(to))}
      <button class="quiet" title="Earlier memory" aria-label="Earlier memory" @click=${() => move(-128)}>
        ${icon("up")}
      </button>
      <button class="quiet" title="Later memory" aria-label="Later memory" @click=${() => move(128)}>
        ${icon("down")}
      </button>
    </div>
    ${symbol === undefined ? nothing : html`<div class="symbol ellipsis">${symbol}:</div>`}
    ${bytes === undefined ? html`<p class="empty dim">Nothing is mapped at ${formatAddress(address)}.</p>` : dump(address, bytes)}
  `;
}

function dump(address: bigint, bytes: Uint8Array): TemplateResult {
  const rows: TemplateResult[] = [];
  for (let at = 0; at < bytes.length; at += rowBytes) {
    const row = [...bytes.subarray(at, at + rowBytes)];
    rows.push(
      html`<tr>
        <th scope="row">${formatAddress(address + BigInt(at))}</th>
        <td>${row.map((b) => hexDigits(b, 2)).join(" ")}</td>
        <td class="ascii">${row.map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : "·")).join("")}</td>
      </tr>`,
    );
  }
  return html`<table class="dump" aria-label="Memory">
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}
