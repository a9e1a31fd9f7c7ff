// Reads the points, makes map and panel, and keeps the address of the page in step.

import "./viewer.css";

import { App } from "./app.js";
import { DISPLACEMENT } from "./described.js";
import { hashOf, viewOf } from "./link.js";
import { makePanel } from "./panel.js";
import { readPayload } from "./payload.js";
import { Points } from "./points.js";
import { StreamedPoints } from "./streamed.js";
import { text } from "./texts.js";

const message = /** @type {HTMLElement} */ (document.getElementById("message"));
const page = /** @type {HTMLElement} */ (document.getElementById("page"));
const DELAY_MS = 200;

/** @param {App} app */
async function showAddress(app) {
  const { points, map } = app;
  const view = viewOf(location.hash);
  const isKnown = view.column && points.names.includes(view.column);
  await app.showColumn(isKnown && view.column ? view.column : app.column);
  const date = points.head.dates.indexOf(view.date ?? "");
  if (date >= 0) await app.showDate(date);
  for (const [k, id] of (view.ids ?? []).entries()) {
    const item = await points.itemWithId(id);
    if (item) app.selection.add(item, k > 0);
  }
  app.refreshSelection();
  if (view.lon !== undefined && view.lat !== undefined && Math.abs(view.lat) < 90) {
    map.moveTo(...points.local(view.lon, view.lat), view.scale ?? map.camera.metresPerPixel);
  }
}

/** @param {App} app */
function writeAddress(app) {
  const { points, map } = app;
  const [lon, lat] = points.lonlat(map.camera.x, map.camera.y);
  const isDated = app.column === DISPLACEMENT;
  const hash = hashOf({
    lon, lat, scale: map.camera.metresPerPixel, column: app.column,
    date: isDated ? points.head.dates[app.date] : undefined,
    ids: app.selection.items.flatMap((item) => (item.corners ? [] : [item.id ?? 0])),
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
  const { streamed } = payload.head;
  const points = streamed ? new StreamedPoints(payload, streamed) : new Points(payload);
  document.title = `${points.head.title} – pySTAMPS`;
  const app = new App(points, map);
  makePanel(/** @type {HTMLElement} */ (document.getElementById("panel")), app);
  await app.attempt(showAddress(app));
  app.listeners.push(() => {
    clearTimeout(timer);
    timer = setTimeout(() => writeAddress(app), DELAY_MS);
  });
  addEventListener("hashchange", () => {
    if (location.hash !== written) app.attempt(showAddress(app));
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
