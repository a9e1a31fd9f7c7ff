// What is known of the points before any of them is here: columns, dates, the map's coordinates.

import { toLocal, toLonLat } from "./projection.js";

/** @typedef {[number, number]} Place */
/** @typedef {{column: string, date: number, coherence: number, std: number}} View */
/**
 * A point, or the points of a polygon. `mean` is as in the file, `values` relative to the reference.
 * @typedef {{id: number|null, row: number, rows: Int32Array, count: number, corners: Place[]|null,
 *   place: Place, mean: ArrayLike<number>, spread: ArrayLike<number>,
 *   values: Record<string, number>}} Item
 */
/** @typedef {{count: number, outer: Place|null}} Summary */
/** @typedef {{counts: number[], every: number}} Counts */
/** @typedef {{x: ArrayLike<number>, y: ArrayLike<number>, values: ArrayLike<number>, every: number}} Strip */
/** @typedef {{centre: Place, radius: number, count: number, rows: Int32Array}} Reference */

export const DISPLACEMENT = "displacement";
export const BINS = 48;
export const OUTER_SHARE = 0.02; // of the values outside automatic limits, at each end
const HIDDEN_COLUMNS = ["point_id", "longitude", "latitude"];

export class Described {
  /** @param {import("./payload.js").Payload} payload @param {Place} origin longitude, latitude */
  constructor(payload, origin) {
    const { head } = payload;
    this.head = head;
    this.size = head.points;
    this.days = head.days;
    this.greys = payload.greys;
    this.weights = head.weights;
    this.day0 = head.days[head.reference_column];
    this.origin = origin;
    /** Mean of the reference at every date, mm; taken off. */
    this.shift = new Float64Array(head.days.length);
    /** @type {Reference|null} */
    this.reference = null;
  }

  /** Names of what can be shown in colours. */
  get names() {
    const found = this.head.columns.map((c) => c.name).filter((n) => !HIDDEN_COLUMNS.includes(n));
    return [...found.filter((n) => n === "velocity"), DISPLACEMENT,
      ...found.filter((n) => n !== "velocity")];
  }

  /** @param {string} name */
  unit(name) {
    if (name === DISPLACEMENT) return "mm";
    return this.head.columns.find((c) => c.name === name)?.unit ?? "";
  }

  /** @param {string} name */
  decimals(name) {
    if (name === DISPLACEMENT) return 1;
    return this.head.columns.find((c) => c.name === name)?.decimals ?? 3;
  }

  /** @param {number} x @param {number} y */
  lonlat(x, y) {
    return toLonLat(x, y, this.origin);
  }

  /** @param {number} lon @param {number} lat */
  local(lon, lat) {
    return toLocal(lon, lat, this.origin);
  }

  /** Series of an item relative to the reference, mm. @param {Item} item */
  seriesOf(item) {
    return Array.from(item.mean, (v, date) => v - this.shift[date]);
  }
}
