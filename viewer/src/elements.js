// Elements of the page. Words go in as text, never as markup.

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} [properties]
 * @param {(Node|string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

/** @param {string} words @param {HTMLElement} field */
export function labelled(words, field) {
  return element("label", {}, words, field);
}

/**
 * @param {string} id @param {[string, string][]} choices value and words
 * @param {(value: string) => void} changed
 */
export function choice(id, choices, changed) {
  const field = element("select", { id });
  field.append(...choices.map(([value, words]) => element("option", { value, textContent: words })));
  field.addEventListener("change", () => changed(field.value));
  return field;
}

/**
 * @param {string} id @param {Partial<HTMLInputElement>} properties
 * @param {(field: HTMLInputElement) => void} changed @param {"change"|"input"} [event]
 */
export function input(id, properties, changed, event = "change") {
  const field = element("input", { id, ...properties });
  field.addEventListener(event, () => changed(field));
  return field;
}

/** @param {string} id @param {string} words @param {() => void} pressed */
export function button(id, words, pressed) {
  const made = element("button", { id, type: "button", textContent: words });
  made.addEventListener("click", pressed);
  return made;
}
