// What all views are made of: nodes of text, and questions to the server.
// Everything that comes from a data set goes through textContent or setAttribute of harmless
// attributes: no markup is ever made from text.

export const $ = (id) => document.getElementById(id);

export const page = {
  folders: [],        // what can be chosen
  chosen: null,       // one of them
  tab: "",
  live: null,         // latest event of the chosen data set
  source: null,       // its stream
  parameters: [],
  changed: new Map(), // values for the next run, by parameter
  wasRunning: false,
  open: null,         // shows a view, by its name
  lookForFolders: null,
};

export const STEPS = [
  [1, "load candidates"], [2, "phase noise"], [3, "select pixels"], [4, "weed pixels"],
  [5, "correct and merge"], [6, "unwrap"], [7, "look-angle error"], [8, "noise filter, velocity"],
];

const SIGNS = {
  done: "✓", completed: "✓", missing: "○", planned: "▷", stale: "↻", empty: "∅", blocked: "⋯",
  running: "▶", starting: "▶", failed: "✗", refused: "✗", error: "✗", warning: "!", info: "i",
  stopped: "■", interrupted: "■", skipped: "–", skipped_existing: "✓", unreadable: "?",
  certified: "✓", "parity-certified": "✓", implemented: "◐",
};
export const WORDS = { skipped_existing: "up to date" };

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "class") {
      node.className = value;
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  node.append(...solid(children));
  return node;
}

const solid = (children) => children.flat(9).filter((child) => child !== null && child !== undefined);
export const place = (box, ...children) => box.replaceChildren(...solid(children));

// Control characters and those that turn the direction of text are made visible.
export function shown(text) {
  return String(text).replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export const name = (text) => el("bdi", { class: "name" }, shown(text));
export const button = (text, listener, properties = {}) =>
  el("button", { type: "button", ...properties, on: { click: listener } }, text);

export function state(word, label = WORDS[word] ?? word) {
  return el("span", { class: `state ${String(word).replaceAll(/[^a-z_-]/g, "")}` },
    el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[word] ?? "·"), ` ${label}`);
}

export function table(caption, columns, rows, properties = {}) {
  const head = el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)));
  const body = rows.map((cells) => el("tr", {}, cells.map((cell, k) => (
    k === 0 ? el("th", { scope: "row" }, cell) : el("td", { "data-label": columns[k] }, cell)))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", properties, el("caption", {}, caption), el("thead", {}, head),
      el("tbody", {}, body)));
}

export function field(label, control, hint = null) {
  control.id = control.id || `field-${label.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control,
    hint && el("small", {}, hint));
}

export function choice(options, selected) {
  return el("select", {}, options.map(([value, label]) =>
    el("option", { value, selected: String(value) === String(selected) }, label)));
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "";
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const between = (from, to) => (Date.parse(to) - Date.parse(from)) / 1000;
export const moment = (text) => (text ? new Date(text).toLocaleString() : "");
export const megabytes = (number) => (number ? `${Math.round(number)} MB` : "not measured");
export const steps = (plan) => (plan.kind === "report" ? "all stages, figures and report"
  : plan.kind === "figures" ? "figures"
  : plan.start_step === plan.end_step ? `step ${plan.end_step}`
    : `steps ${plan.start_step} to ${plan.end_step}`);

export function notice(text, isError = false) {
  $("notice").textContent = text ? shown(text) : "";
  $("notice").className = isError ? "error" : "";
  if (isError) $("notice").scrollIntoView({ block: "nearest" });
}

// A message of pySTAMPS says where and what, then what to do.
export function message(text) {
  const [what, ...todo] = shown(text).split("; ");
  return el("div", { class: "message" }, el("p", {}, el("strong", {}, what)),
    todo.length ? el("p", { class: "remedy" }, "What to do: ", todo.join("; ")) : null);
}

export function address(path, query = {}) {
  const words = new URLSearchParams(query).toString();
  return words ? `${path}?${words}` : path;
}

async function answered(response) {
  const found = await response.json();
  if (!response.ok) throw new Error(found.error ?? `answer ${response.status}`);
  return found;
}

export const ask = async (path, query) => answered(await fetch(address(path, query)));
export const tell = async (path, body) => answered(await fetch(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
}));

export const here = () => ({ dataset: page.chosen.path });

// Runs what a button does; while it works the button cannot be pressed again.
export async function busy(control, work) {
  control.disabled = true;
  control.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    notice(error.message, true);
  } finally {
    control.disabled = false;
    control.removeAttribute("aria-busy");
  }
}

// Fills a box of a view when its answer is there; another view may have come meanwhile.
export async function fill(box, words, question, draw) {
  box.replaceChildren(el("p", { class: "waiting" }, words));
  try {
    const found = await question();
    place(box, draw(found));
  } catch (error) {
    box.replaceChildren(message(error.message));
  }
}
