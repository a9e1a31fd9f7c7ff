// The panel beside the map: settings, charts, values.

import { drawBaselines, drawHistogram, drawProfile, drawSeries, resizeCharts, sayInstead } from "./charts.js";
import { pictureOf, save } from "./download.js";
import { button, choice, element, input, labelled } from "./elements.js";
import { PALETTES, colourOf } from "./palettes.js";
import { FITS } from "./selection.js";
import { numberText, text, titleOf } from "./texts.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./app.js").Change} Change */

const DATENUM_1970 = 719529;
const ABOUT = ["value_type", "taken_off", "reference_area", "selection", "comment", "first_date", "last_date"];

/** @param {string} id @returns {HTMLElement} */
const box = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id @returns {HTMLInputElement} */
const field = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

/** @param {HTMLElement} panel @param {App} app */
export function makePanel(panel, app) {
  const { head } = app.points;
  panel.append(
    element("h1", { textContent: head.title }),
    ...thinningLine(app),
    element("p", { id: "reference-words", className: "small" }),
    ...toolRows(app),
    ...colourRows(app),
    ...filterRows(app),
    ...seriesRows(app),
    ...chartRows("histogram"),
    ...chartRows("profileTitle", "profile"),
    ...chartRows("baselines"),
    ...aboutRows(app),
  );
  drawBaselines(box("baselines"), head.days, head.bperp_m, head.reference_column, head.pairs);
  app.listeners.push((change) => refresh(app, change));
  new ResizeObserver(() => resizeCharts()).observe(panel);
  for (const change of /** @type {Change[]} */ (["selection", "reference", "profile"])) {
    refresh(app, change);
  }
}

/** @param {App} app */
function thinningLine(app) {
  const { head } = app.points;
  if (app.points.isStreamed) {
    const words = text("streamed", { all: whole(head.points) });
    return [element("p", { id: "streamed", className: "small", textContent: words })];
  }
  if (head.points === head.points_of_the_run) return [];
  const words = text("thinned", {
    shown: whole(head.points), all: whole(head.points_of_the_run),
    selection: String(head.about.selection ?? ""),
  });
  return [element("p", { id: "thinned", className: "warning", textContent: words })];
}

/** @param {App} app */
function toolRows(app) {
  const tools = ["pick", "polygon", "reference", "profile"];
  const tool = choice("tool", tools.map((name) => [name, text(name)]), (value) => {
    app.tool = value;
    box("finish-polygon").hidden = value !== "polygon";
    box("radius-row").hidden = value !== "reference";
    box("width-row").hidden = value !== "profile";
  });
  const keep = input("keep", { type: "checkbox" }, (f) => (app.isKeeping = f.checked));
  const finish = button("finish-polygon", text("finishPolygon"), () => app.finishPolygon());
  finish.hidden = true;
  const radius = input("radius", { type: "number", min: "1", value: String(app.radius) }, (f) => {
    if (Number(f.value) > 0) app.radius = Number(f.value);
  });
  const width = input("width", { type: "number", min: "1", value: String(app.width) }, (f) => {
    if (Number(f.value) > 0) app.width = Number(f.value);
    app.refreshProfile();
  });
  const place = input("place", { type: "text", size: 22, placeholder: "12.345678, 41.234567" }, () => go(app));
  return [
    element("div", { className: "row" }, labelled(text("tool"), tool), labelled(text("keep"), keep), finish,
      button("clear", text("clear"), () => app.clear())),
    element("div", { className: "row", id: "radius-row", hidden: true }, labelled(text("radius"), radius),
      button("reset-reference", text("resetReference"), () => app.resetReference())),
    element("div", { className: "row", id: "width-row", hidden: true }, labelled(text("width"), width)),
    element("div", { className: "row" }, labelled(text("goTo"), place), button("go", text("go"), () => go(app)),
      button("all", text("all"), () => app.map.showAll())),
    element("div", { className: "row" },
      button("link", text("link"), () => copyLink()),
      button("csv", text("csv"), () => saveTable(app)),
      button("png", text("png"), () => savePicture(app))),
    element("p", { id: "notice", className: "small" }),
  ];
}

/** @param {App} app */
function colourRows(app) {
  const column = choice("column", app.points.names.map((n) => [n, titleOf(n, app.points.unit(n))]),
    (value) => app.showColumn(value));
  const palette = choice("palette", PALETTES.map((name) => [name, text(name)]), (value) => {
    app.palette = value;
    app.refreshValues();
  });
  const reversed = input("reversed", { type: "checkbox" }, (f) => {
    app.isReversed = f.checked;
    app.refreshValues();
  });
  const automatic = input("automatic", { type: "checkbox", checked: true }, (f) => {
    app.isAutomatic = f.checked;
    app.refreshValues();
  });
  const fix = () => app.fixLimits(field("low").valueAsNumber, field("high").valueAsNumber);
  const [low, high] = ["low", "high"].map((id) => input(id, { type: "number", step: "any" }, fix));
  const date = input("date", { type: "range", min: "0", max: String(app.points.days.length - 1),
    value: String(app.date) }, (f) => app.showDate(f.valueAsNumber), "input");
  const bright = input("bright", { type: "range", min: "0", max: "1", step: "0.05", value: "1" }, (f) => {
    app.map.bright = f.valueAsNumber;
    app.map.redraw();
  }, "input");
  const size = input("size", { type: "range", min: "0.5", max: "3", step: "0.1", value: "1" }, (f) => {
    app.map.sizeFactor = f.valueAsNumber;
    app.map.redraw();
  }, "input");
  return [
    element("h2", { textContent: text("colours") }),
    element("div", { className: "row" }, labelled(text("colourBy"), column)),
    element("canvas", { id: "legend", width: 256, height: 1 }),
    element("div", { className: "ends" }, element("span", { id: "legend-low" }), element("span", { id: "legend-high" })),
    element("div", { className: "row" }, labelled(text("date"), date), element("output", { id: "date-words" })),
    element("details", { id: "more-colours" }, element("summary", { textContent: text("moreColours") }),
      element("div", { className: "row" }, labelled(text("palette"), palette), labelled(text("reversed"), reversed)),
      element("div", { className: "row" }, labelled(text("automatic"), automatic)),
      element("div", { className: "row" }, labelled(text("from"), low), labelled(text("to"), high)),
      element("div", { className: "row" }, labelled(text("pointSize"), size)),
      ...backdropRows(app, bright)),
  ];
}

/** @param {App} app @param {HTMLElement} bright */
function backdropRows(app, bright) {
  const { backdrop } = app.map.layer;
  if (!backdrop?.names.length) return [];
  const host = tilesHost(app);
  const choices = [...backdrop.names, ""].map((name) => /** @type {[string, string]} */ ([
    name, text(name || "noBackdrop", { host }),
  ]));
  const credit = element("p", { id: "credit", className: "small", hidden: true, textContent: creditOf(host) });
  const behind = choice("behind", choices, (value) => {
    backdrop.chosen = value;
    credit.hidden = value !== "tiles";
    app.map.redraw();
  });
  behind.value = backdrop.chosen;
  return [element("div", { className: "row" }, labelled(text("behind"), behind), labelled(text("bright"), bright)), credit];
}

/** @param {App} app */
function tilesHost(app) {
  const { tiles } = app.points.head;
  return tiles ? new URL(tiles).hostname : "";
}

/** @param {string} host */
function creditOf(host) {
  return text(host.endsWith("openstreetmap.org") ? "creditOfOsm" : "credit", { host });
}

/** @param {App} app */
function filterRows(app) {
  const coherence = input("coherence", { type: "number", min: "0", max: "1", step: "0.05", value: "0" }, (f) => {
    app.coherence = f.valueAsNumber || 0;
    app.refreshValues();
  });
  const std = input("std", { type: "number", min: "0", step: "0.1" }, (f) => {
    app.std = Number.isFinite(f.valueAsNumber) ? f.valueAsNumber : Infinity;
    app.refreshValues();
  });
  return [
    element("div", { className: "row" }, labelled(text("minCoherence"), coherence), labelled(text("maxStd"), std)),
    element("p", { id: "shown", className: "small" }),
  ];
}

/** @param {App} app */
function seriesRows(app) {
  const refreshAll = () => refresh(app, "selection");
  const fit = choice("fit", Object.keys(FITS).map((name) => [name, text(name)]), (value) => {
    app.fit = value;
    refreshAll();
  });
  fit.value = app.fit;
  const iso = new Date((app.stepDay - DATENUM_1970) * 86_400_000).toISOString().slice(0, 10);
  const step = input("step-date", { type: "date", value: iso }, (f) => {
    if (f.value) app.stepDay = f.valueAsNumber / 86_400_000 + DATENUM_1970;
    refreshAll();
  });
  const stepRow = labelled(text("stepDate"), step);
  stepRow.id = "step-row";
  const errors = input("error-bars", { type: "checkbox", checked: true }, (f) => {
    app.hasErrors = f.checked;
    refreshAll();
  });
  const difference = input("differences", { type: "checkbox" }, (f) => {
    app.isDifference = f.checked;
    refreshAll();
  });
  return [
    element("h2", { textContent: text("series") }),
    element("div", { className: "row" }, labelled(text("fit"), fit), stepRow),
    element("div", { className: "row" }, labelled(text("errorBars"), errors), labelled(text("differences"), difference)),
    element("div", { id: "series", className: "chart" }),
    element("div", { id: "lines" }),
    element("div", { id: "values" }),
  ];
}

/** @param {string} key @param {string} [id] */
function chartRows(key, id = key) {
  return [element("h2", { textContent: text(key) }), element("div", { id, className: "chart" })];
}

/** @param {App} app */
function aboutRows(app) {
  const { head } = app.points;
  const known = ABOUT.filter((name) => head.about[name] !== undefined && head.about[name] !== null);
  const rows = known.map((name) => element("tr", {}, element("th", { textContent: text(name) }),
    element("td", { textContent: String(head.about[name]) })));
  const lines = [text("steps", { step: head.series.step_mm }), text("errors"), text("licences")];
  return [
    element("h2", { textContent: text("about") }),
    element("table", { id: "about" }, element("tbody", {}, ...rows)),
    ...lines.map((words) => element("p", { className: "small", textContent: words })),
  ];
}

/** @param {App} app @param {Change} change */
function refresh(app, change) {
  if (change === "values") {
    refreshColours(app);
    app.attempt(refreshHistogram(app));
  }
  if (change === "notice") box("notice").textContent = app.notice;
  if (change === "selection") refreshSeries(app);
  if (change === "reference") refreshReference(app);
  if (change === "profile") refreshProfile(app);
}

/** @param {App} app */
function refreshColours(app) {
  field("column").value = app.column;
  field("palette").value = app.palette;
  field("automatic").checked = app.isAutomatic;
  field("date").value = String(app.date);
  box("date-words").textContent = app.points.head.dates[app.date];
  app.limits.forEach((limit, k) => {
    const input = field(["low", "high"][k]);
    if (document.activeElement !== input) input.value = String(Number(limit.toPrecision(4)));
    box(["legend-low", "legend-high"][k]).textContent = numberText(limit, 2);
  });
  const context = /** @type {HTMLCanvasElement} */ (box("legend")).getContext("2d");
  for (let k = 0; context && k < 256; k++) {
    const share = app.isReversed ? 1 - k / 255 : k / 255;
    context.fillStyle = `rgb(${colourOf(app.palette, share).join(",")})`;
    context.fillRect(k, 0, 1, 1);
  }
}

/** @param {App} app */
async function refreshHistogram(app) {
  const { points, turn } = app;
  box("shown").textContent = text("shown", { shown: whole(app.shownCount), all: whole(points.size) });
  const pad = 0.25 * (app.limits[1] - app.limits[0]);
  /** @type {[number, number]} */
  const limits = [app.limits[0] - pad, app.limits[1] + pad];
  const found = await points.histogram(limits);
  if (turn !== app.turn) return;
  drawHistogram(box("histogram"), found, limits, titleOf(app.column, points.unit(app.column)));
}

/** @param {App} app */
function refreshSeries(app) {
  box("step-row").hidden = !FITS[app.fit].includes("step");
  const lines = app.selection.lines(app);
  if (!lines.length) sayInstead(box("series"), text("seriesEmpty"));
  else drawSeries(box("series"), app.points.days, lines);
  box("lines").replaceChildren(...lines.map((line) => {
    const swatch = element("span", { className: "swatch" });
    swatch.style.background = line.colour;
    const words = line.words ? `${line.name}: ${line.words}` : line.name;
    return element("div", { className: "line" }, swatch, element("span", { textContent: words }));
  }));
  refreshTable(app);
}

/** Show all values of the point that was chosen last. @param {App} app */
function refreshTable(app) {
  const item = app.selection.items.findLast(({ corners }) => !corners);
  if (!item) {
    box("values").replaceChildren();
    return;
  }
  const rows = app.points.head.columns.map(({ name, unit, meaning, decimals }) => {
    const value = item.values[name];
    const words = element("th", { textContent: titleOf(name, unit), title: meaning });
    return element("tr", {}, words, element("td", { id: `value-${name}`, textContent: numberText(value, decimals) }));
  });
  box("values").replaceChildren(
    element("p", { textContent: text("values", { name: app.selection.nameOf(item) }) }),
    element("table", {}, element("tbody", {}, ...rows)),
  );
}

/** @param {App} app */
function refreshReference(app) {
  const { reference, head } = app.points;
  box("notice").textContent = app.notice;
  box("reference-words").textContent = reference
    ? text("referenceCircle", {
        count: whole(reference.count), radius: reference.radius,
        lon: reference.centre[0].toFixed(7), lat: reference.centre[1].toFixed(7),
      })
    : text("referenceIs", { area: String(head.about.reference_area ?? "") });
}

/** @param {App} app */
function refreshProfile(app) {
  const chart = box("profile");
  if (!app.profile.length) sayInstead(chart, text("profileEmpty"));
  else {
    const title = titleOf(app.column, app.points.unit(app.column));
    const every = app.profileEvery > 1 ? text("everyPoint", { every: app.profileEvery }) : "";
    drawProfile(chart, app.profile, title + every);
  }
}

/** @param {App} app */
function go(app) {
  const numbers = field("place").value.split(/[,;\s]+/).filter(Boolean).map(Number);
  const isPlace = numbers.length === 2 && numbers.every(Number.isFinite) && Math.abs(numbers[1]) < 90;
  box("notice").textContent = isPlace ? "" : text("goWrong");
  if (isPlace) app.map.moveTo(...app.points.local(numbers[0], numbers[1]), Math.min(app.map.camera.metresPerPixel, 5));
}

function copyLink() {
  const words = (/** @type {string} */ key) => (box("notice").textContent = text(key));
  if (!navigator.clipboard) {
    words("linkShown");
    return;
  }
  navigator.clipboard.writeText(location.href).then(() => words("linkCopied"), () => words("linkShown"));
}

/** @param {App} app */
function saveTable(app) {
  app.attempt(app.points.table(app.selection.items).then((table) => save(table, "points.csv")));
}

/** @param {App} app */
async function savePicture(app) {
  const title = app.points.head.dates[app.date];
  const picture = await pictureOf(app.map, app.points, { ...app, title });
  if (picture) save(picture, "map.png");
}

/** @param {number} count */
function whole(count) {
  return count.toLocaleString("en");
}
