// Orders: run stages with parameters, prepare a data set.

import {
  $, STEPS, ask, busy, button, choice, el, field, fill, here, message, name, notice, page,
  shown, state, table, tell,
} from "./parts.js";

export function runView() {
  const start = choice(STEPS.map(([n, text]) => [n, `${n} ${text}`]), 1);
  const end = choice(STEPS.map(([n, text]) => [n, `${n} ${text}`]), 8);
  const cores = el("input", { type: "number", min: 1, max: 4096, id: "cores",
    value: Math.max(1, navigator.hardwareConcurrency || 1) });
  const planned = el("section", { class: "card", "aria-live": "polite", hidden: true });
  const asked = () => ({ ...here(), start_step: Number(start.value), end_step: Number(end.value),
    cores: Number(cores.value), stamps: Object.fromEntries(page.changed) });
  const begin = (more) => async () => {
    await tell("/api/runs", { ...asked(), ...more });
    notice("Started.");
    $("live").scrollIntoView({ block: "nearest" });
  };
  const parameters = el("section", { class: "card" });
  if (page.parameters.length) parameters.replaceChildren(...drawParameters());
  else fill(parameters, "Reading the parameters …", () => ask("/api/parameters", here()), (found) => {
    page.parameters = found;
    return drawParameters();
  });
  return [el("section", { class: "card" }, el("h2", {}, "Run stages"),
    el("p", {}, "What is up to date is skipped. A dry run says what would be done, and changes nothing."),
    el("div", { class: "fields" }, field("First step", start), field("Last step", end),
      field("Cores", cores, "at most; stages share them")),
    el("p", { id: "changed-words" }, changedWords()),
    el("div", { class: "buttons" },
      button("Dry run", (event) => busy(event.target, () => dryRun(planned, asked())), { id: "dry-run" }),
      button("Start run", (event) => busy(event.target, begin({})), { class: "main", id: "start-run" }),
      button("All stages, figures and report", (event) => busy(event.target, begin({ kind: "report" })),
        { id: "start-report" }))),
  planned, parameters];
}

const changedWords = () => (page.changed.size === 0 ? "Parameters: as they are in the data set."
  : `Parameters for this run: ${[...page.changed].map(([key, value]) => `${key} = ${value}`).join(", ")}`);

async function dryRun(box, asked) {
  box.hidden = false;
  box.replaceChildren(el("p", { class: "waiting" }, "Snakemake makes its plan …"));
  try {
    const found = await tell("/api/plan", asked);
    const wanted = found.targets.filter((one) => one.status === "planned");
    box.replaceChildren(el("h2", {}, wanted.length ? `Would run: ${wanted.length} of ${found.targets.length}`
      : "Nothing would run: everything is up to date"),
    table("Plan", ["Stage", "Target", "What happens", "Why"], found.targets.map((one) =>
      [one.stage, name(one.target), state(one.status), shown(one.details)])));
  } catch (error) {
    box.replaceChildren(el("h2", {}, state("error", "The run would be refused")), message(error.message));
  }
}

function drawParameters() {
  const filter = el("input", { type: "search", id: "parameter-filter", placeholder: "weed, unwrap, …" });
  const stage = choice([["", "all stages"], ...STEPS.map(([n, text]) => [n, `${n} ${text}`]),
    ["P", "products and figures"]], "");
  stage.id = "parameter-stage";
  const rows = page.parameters.map(parameterRow);
  const hide = () => page.parameters.forEach((one, k) => {
    const words = `${one.name} ${one.meaning}`.toLowerCase();
    rows[k].hidden = !words.includes(filter.value.toLowerCase())
      || (stage.value !== "" && !one.stages.split(" ").includes(stage.value));
  });
  filter.addEventListener("input", hide);
  stage.addEventListener("change", hide);
  const columns = ["Parameter", "Meaning", "Now", "For this run"];
  return [el("h2", {}, "StaMPS parameters"),
    el("p", {}, "A value for this run goes before those of the data set, which keeps its own: a later run without it goes back. Leave it empty to change nothing."),
    el("div", { class: "fields" }, field("Find", filter), field("Used in", stage)),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "StaMPS parameters" },
      el("table", { class: "parameters" }, el("caption", {}, "StaMPS parameters"),
        el("thead", {}, el("tr", {}, columns.map((one) => el("th", { scope: "col" }, one)))),
        el("tbody", {}, rows)))];
}

function parameterRow(one) {
  const id = `parameter-${one.name}`;
  const given = page.changed.get(one.name) ?? "";
  const input = one.choices.length
    ? choice([["", "(no change)"], ...one.choices.map((word) => [word, word])], given)
    : el("input", { type: "text", value: given, autocomplete: "off", spellcheck: "false", size: 10 });
  input.id = id;
  input.addEventListener("change", () => {
    const value = input.value.trim();
    if (value === "") page.changed.delete(one.name);
    else page.changed.set(one.name, value);
    row.classList.toggle("changed", value !== "");
    $("changed-words").textContent = changedWords();
  });
  const row = el("tr", { class: given ? "changed" : "" },
    el("th", { scope: "row" }, el("label", { for: id }, one.name)),
    el("td", { "data-label": "Meaning" }, one.meaning, el("small", {},
      `${one.unit ? `in ${one.unit}; ` : ""}${one.allowed}; stages ${one.stages || "none"}`)),
    el("td", { "data-label": "Now" }, el("code", {}, shown(one.value)), el("small", {},
      `from ${shown(one.source)}; default ${one.default}`)),
    el("td", { "data-label": "For this run" }, input));
  return row;
}

export function prepareView() {
  const patches = el("input", { type: "text", value: "1x1", id: "patches" });
  const target = el("input", { type: "text", value: `${page.chosen.path.split("/").pop()}_data_set`, id: "target" });
  const cores = el("input", { type: "number", min: 1, max: 4096, id: "cores",
    value: Math.max(1, navigator.hardwareConcurrency || 1) });
  const processor = page.chosen.detail;
  const shownPlan = el("div", { "aria-live": "polite" });
  const show = () => fill(shownPlan, "Reading the headers of the export …",
    () => ask("/api/preparation", { ...here(), processor, patches: patches.value }), drawPreparation);
  show();
  return el("section", { class: "card" }, el("h2", {}, "Prepare a data set from this export"),
    el("p", {}, "Calibrates the images, selects candidates and divides the image into patches. The export is only read."),
    el("div", { class: "fields" },
      field("New folder", target, "beside the export"),
      field("Patches", patches, "range x azimuth, or auto"), field("Cores", cores)),
    el("div", { class: "buttons" }, button("Show the plan", show),
      button("Prepare", (event) => busy(event.target, async () => {
        await tell("/api/prepare", { ...here(), processor, target: target.value,
          patches: patches.value, cores: Number(cores.value) });
        notice("Started.");
      }), { class: "main", id: "start-prepare" })),
    shownPlan);
}

function drawPreparation(found) {
  const [width, length] = found.size;
  return [el("dl", {},
    [["Processor", found.processor], ["Images", found.images], ["Interferograms", found.interferograms],
      ["Reference image", found.reference || "none: small baselines"], ["Size", `${width} samples x ${length} lines`],
      ["Amplitude dispersion below", found.threshold], ["Overlap of patches", found.default_overlap],
    ].map(([term, value]) => [el("dt", {}, term), el("dd", {}, shown(value))])),
  table(`Patches (${found.patches.length})`, ["Patch", "Samples and lines, with overlap", "Without overlap"],
    found.patches.map((one) => [name(one.name), one.bounds.join(" "), one.own_bounds.join(" ")]))];
}
