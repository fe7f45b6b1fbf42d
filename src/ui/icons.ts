import { type TemplateResult, svg, html } from "lit-html";

const paths = {
  start: svg`<path d="M4 4h2v12H4zM17 4v12L7 10z"/>`,
  runBack: svg`<path d="M10 4v12L2 10zM18 4v12l-8-6z"/>`,
  stepBack: svg`<path d="M13 4v12L5 10zM15 4h2v12h-2z"/>`,
  play: svg`<path d="M5 3.5v13l11-6.5z"/>`,
  pause: svg`<path d="M5 4h4v12H5zM11 4h4v12h-4z"/>`,
  step: svg`<path d="M7 4v12l8-6zM3 4h2v12H3z"/>`,
  end: svg`<path d="M14 4h2v12h-2zM3 4v12l10-6z"/>`,
  bookmark: svg`<path d="M5 3h10v14l-5-4-5 4z"/>`,
  zoomIn: svg`<path d="M9 4h2v5h5v2h-5v5H9v-5H4V9h5z"/>`,
  zoomOut: svg`<path d="M4 9h12v2H4z"/>`,
  all: svg`<path d="M2 5h2v10H2zM16 5h2v10h-2zM8 6v3h4V6l4 4-4 4v-3H8v3l-4-4z"/>`,
  chevron: svg`<path d="M5 7.5 10 12.5 15 7.5" fill="none" stroke="currentColor" stroke-width="2"/>`,
  close: svg`<path d="m5 5 10 10M15 5 5 15" fill="none" stroke="currentColor" stroke-width="2"/>`,
  download: svg`<path d="M9 3h2v7h4l-5 5-5-5h4zM4 16h12v2H4z"/>`,
  copy: svg`<path d="M7 2h9v11h-2V4H7zM4 6h8v12H4z"/>`,
  up: svg`<path d="m10 6 6 8H4z"/>`,
  down: svg`<path d="M10 14 4 6h12z"/>`,
};

export type Icon = keyof typeof paths;

export function icon(name: Icon): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">${paths[name]}</svg>`;
}

/** The mark: a clock that runs backwards. */
export function logo(): TemplateResult {
  return html`<svg class="logo" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path
      d="M6.2 6.2A8.2 8.2 0 1 1 3.8 12"
      fill="none"
      stroke="currentColor"
      stroke-width="2.2"
      stroke-linecap="round"
    />
    <path
      d="M2.6 3.4v5.2h5.2"
      fill="none"
      stroke="currentColor"
      stroke-width="2.2"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
    <path
      d="M12 7.6V12l-3 2"
      fill="none"
      stroke="currentColor"
      stroke-width="2.2"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  </svg>`;
}
