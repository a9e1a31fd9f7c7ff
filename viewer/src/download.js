// Files to save: points as a table, the map as a picture.

import { colourOf } from "./palettes.js";
import { DISPLACEMENT } from "./described.js";
import { numberText, titleOf } from "./texts.js";

/** @typedef {import("./points.js").Points} Points */
/** @typedef {import("./described.js").Described} Described */

/** @param {Blob} content @param {string} name */
export function save(content, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * The columns that `pystamps export --to FILE.csv` writes, under the same names.
 * @param {Points} points @param {Int32Array} rows
 */
export function tableOf(points, rows) {
  const columns = points.head.columns.map((c) => ({ ...c, values: points.column(c.name) }));
  const dates = points.head.dates.map((date) => `D${date.replaceAll("-", "")}`);
  const lines = [[...columns.map((c) => c.name), ...dates].join(",")];
  for (const row of rows) {
    const left = columns.map((c) => plain(c.values[row], c.decimals));
    const right = dates.map((_, date) => plain(points.displacement(row, date), 2));
    lines.push([...left, ...right].join(","));
  }
  return lines.join("\n") + "\n";
}

/** @param {number} value @param {number} decimals */
function plain(value, decimals) {
  return Number.isFinite(value) ? value.toFixed(decimals) : "";
}

/**
 * The map with its legend.
 * @param {import("./map.js").MapView} map @param {Described} points
 * @param {{column: string, palette: string, isReversed: boolean, limits: [number, number],
 *   title: string}} shown
 * @returns {Promise<Blob|null>}
 */
export function pictureOf(map, points, shown) {
  map.drawNow();
  const [width, height] = [map.canvas.width, map.canvas.height];
  const canvas = document.createElement("canvas");
  const ratio = width / map.width;
  canvas.width = width;
  canvas.height = height + 64 * ratio;
  const context = canvas.getContext("2d");
  if (!context) return Promise.resolve(null);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(map.canvas, 0, 0);
  context.save();
  context.scale(ratio, ratio);
  map.drawOver(context);
  drawLegend(context, map.width, map.height, points, shown);
  context.restore();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/**
 * @param {CanvasRenderingContext2D} context @param {number} width @param {number} top
 * @param {Described} points @param {Parameters<typeof pictureOf>[2]} shown
 */
function drawLegend(context, width, top, points, shown) {
  const wide = Math.min(320, width / 2);
  for (let k = 0; k < wide; k++) {
    const share = shown.isReversed ? 1 - k / wide : k / wide;
    context.fillStyle = `rgb(${colourOf(shown.palette, share).join(",")})`;
    context.fillRect(14 + k, top + 26, 1.5, 12);
  }
  context.fillStyle = "#222";
  context.font = "13px sans-serif";
  const unit = points.unit(shown.column);
  const date = shown.column === DISPLACEMENT ? `, ${shown.title}` : "";
  context.fillText(titleOf(shown.column, unit) + date, 14, top + 18);
  context.fillText(numberText(shown.limits[0], 2), 14, top + 54);
  context.textAlign = "right";
  context.fillText(numberText(shown.limits[1], 2), 14 + wide, top + 54);
  context.fillText(points.head.title, width - 14, top + 18, width / 2 - 40);
}
