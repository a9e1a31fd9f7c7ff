// Reads the points, makes map and panel, and keeps the address of the page in step.

import "./viewer.css";

import { App } from "./app.js";
import { hashOf, viewOf } from "./link.js";
import { makePanel } from "./panel.js";
import { readPayload } from "./payload.js";
import { DISPLACEMENT, Points } from "./points.js";
import { text } from "./texts.js";

const message = /** @type {HTMLElement} */ (document.getElementById("message"));
const page = /** @type {HTMLElement} */ (document.getElementById("page"));
const DELAY_MS = 200;

/** @param {App} app */
function showAddress(app) {
  const { points, map } = app;
  const view = viewOf(location.hash);
  if (view.column && points.names.includes(view.column)) app.showColumn(view.column);
  const date = points.head.dates.indexOf(view.date ?? "");
  if (date >= 0) app.showDate(date);
  const rows = (view.ids ?? []).map((id) => points.column("point_id").indexOf(id)).filter((r) => r >= 0);
  rows.forEach((row, k) => app.selection.add({ rows: Int32Array.of(row), corners: null }, k > 0));
  if (rows.length) app.refreshSelection();
  if (view.lon !== undefined && view.lat !== undefined && Math.abs(view.lat) < 90) {
    map.moveTo(...points.local(view.lon, view.lat), view.scale ?? map.camera.metresPerPixel);
  }
}

/** @param {App} app */
function writeAddress(app) {
  const { points, map } = app;
  const [lon, lat] = points.lonlat(map.camera.x, map.camera.y);
  const chosen = app.selection.items.filter((item) => !item.corners).map((item) => item.rows[0]);
  const isDated = app.column === DISPLACEMENT;
  const hash = hashOf({
    lon, lat, scale: map.camera.metresPerPixel, column: app.column,
    date: isDated ? points.head.dates[app.date] : undefined,
    ids: chosen.map((row) => points.column("point_id")[row]),
  });
  written = hash;
  if (location.hash !== hash) location.replace(hash);
}

let written = "";
let timer = 0;

/** @param {unknown} error */
const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

async function start() {
  message.textContent = text("loading", { share: 0 });
  const payload = await readPayload((share) => {
    message.textContent = text("loading", { share: Math.round(100 * share) });
  });
  message.textContent = "";
  page.hidden = false;
  const map = /** @type {HTMLElement} */ (document.getElementById("map"));
  map.setAttribute("aria-label", text("map"));
  const points = new Points(payload);
  document.title = `${points.head.title} – pySTAMPS`;
  const app = new App(points, map);
  makePanel(/** @type {HTMLElement} */ (document.getElementById("panel")), app);
  showAddress(app);
  app.listeners.push(() => {
    clearTimeout(timer);
    timer = setTimeout(() => writeAddress(app), DELAY_MS);
  });
  addEventListener("hashchange", () => {
    if (location.hash !== written) showAddress(app);
  });
  Object.assign(globalThis, { viewer: app }); // for tests and for people with a console
}

start().catch((error) => {
  page.hidden = true;
  const reason = reasonOf(error);
  const key = reason.startsWith("WebGL 2") ? "noWebgl" : "broken";
  message.textContent = text(key, { reason });
  throw error;
});
