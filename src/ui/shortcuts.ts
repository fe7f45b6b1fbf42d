/** Where keys are text. */
const typing = "input:not([type=checkbox], [type=file]), select, textarea";

export interface Places {
  readonly console: { readonly element: HTMLElement; focus(): void };
  readonly timeline: { readonly element: HTMLElement };
}

/**
 * Keys of the whole page, seen before the terminal takes them for the guest. Shift Esc goes from the console to the
 * timeline and back: browsers let pages have it, and to a guest it is no other key than Esc. `?` opens and closes the help.
 */
export function onShortcut(event: KeyboardEvent, { console, timeline }: Places): void {
  const target = event.target as HTMLElement;
  const taken = (): void => {
    event.preventDefault();
    event.stopPropagation();
  };
  if (event.key === "Escape" && event.shiftKey) {
    if (console.element.contains(target)) timeline.element.focus();
    else if (target === timeline.element) console.focus();
    else return;
    taken();
  } else if (event.key === "?" && !event.ctrlKey && !event.metaKey && target.closest(typing) === null) {
    document.getElementById("help")?.togglePopover();
    taken();
  }
}
