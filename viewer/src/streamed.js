// Points that the server keeps: tiles of what is in view, and an answer for every click.

import { Described } from "./described.js";
import { Tiles } from "./tiles.js";

/** @typedef {import("./described.js").Item} Item */
/** @typedef {import("./described.js").Place} Place */
/** @typedef {import("./described.js").View} View */
/** @typedef {{row: number, x: number, y: number, values: Record<string, number|null>, series: (number|null)[]}} PointAnswer */

const NO_ROWS = new Int32Array(0);

export class StreamedPoints extends Described {
  /** @param {import("./payload.js").Payload} payload @param {import("./payload.js").Streamed} place */
  constructor(payload, place) {
    super(payload, place.origin);
    this.isStreamed = true;
    this.square = place;
    this.box = place;
    /** @type {View} */
    this.view = { column: "velocity", date: 0, coherence: 0, std: Infinity };
    /** @type {Tiles|null} */
    this.tiles = null;
  }

  /** @param {import("./gl.js").Layer} layer
   * @param {{redraw: () => void, failed: (error: unknown) => void}} handlers */
  connect(layer, handlers) {
    this.tiles = new Tiles(this.square, layer, handlers);
  }

  /** @param {import("./gl.js").Camera} camera @param {number} width @param {number} height */
  prepare(camera, width, height) {
    this.tiles?.prepare(camera, width, height);
  }

  /** Metres between points that are drawn. @param {number} metresPerPixel */
  spacing(metresPerPixel) {
    return this.tiles?.spacing(metresPerPixel) ?? 1;
  }

  /** @param {Record<string, string>} [more] */
  query(more = {}) {
    const { column, date, coherence, std } = this.view;
    const found = new URLSearchParams({ column, date: String(date), coherence: String(coherence), ...more });
    if (std < Infinity) found.set("std", String(std));
    if (this.reference) found.set("reference", textOf(this.reference));
    return found.toString();
  }

  /** @param {string} path @param {Record<string, string>} [more] @returns {Promise<any>} */
  async _ask(path, more) {
    const answer = await fetch(`${path}?${this.query(more)}`);
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.error);
    return found;
  }

  /** @param {View} view @returns {Promise<import("./described.js").Summary>} */
  async show(view) {
    this.view = { ...view };
    this.tiles?.ask(this.query(), view.column);
    const { shown, limits } = await this._ask("summary");
    return { count: shown, outer: limits.length ? limits : null };
  }

  /** @param {Place} limits @returns {Promise<import("./described.js").Counts>} */
  async histogram([low, high]) {
    return this._ask("histogram", { low: String(low), high: String(high) });
  }

  /** @param {number} x @param {number} y @returns {Promise<Item|null>} */
  async itemAt(x, y) {
    return itemOf(await this._ask("nearest", { x: String(x), y: String(y) }));
  }

  /** @param {number} id @returns {Promise<Item|null>} */
  async itemWithId(id) {
    return itemOf(await this._ask("point", { id: String(id) }));
  }

  /** Values relative to the reference as it is now. @param {Item} item */
  async refreshItem(item) {
    if (item.corners) return;
    const found = itemOf(await this._ask("point", { row: String(item.row) }));
    if (found) item.values = found.values;
  }

  /** @param {Place[]} corners @returns {Promise<Item|null>} */
  async itemInside(corners) {
    const { count, mean, spread } = await this._ask("polygon", { corners: wordsOf(corners) });
    if (!count) return null;
    return { id: null, row: -1, rows: NO_ROWS, count, corners, place: corners[0],
      mean: known(mean), spread: known(spread), values: {} };
  }

  /** @param {Place[]} corners @returns {Promise<import("./described.js").Strip>} */
  async strip(corners) {
    const { x, y, v, every } = await this._ask("profile", { corners: wordsOf(corners) });
    return { x: known(x), y: known(y), values: known(v), every };
  }

  /** @param {Place} centre @param {number} radius @returns {Promise<boolean>} */
  async setReference(centre, radius) {
    const reference = textOf({ centre, radius });
    const answer = await fetch(`reference?${new URLSearchParams({ reference })}`);
    const found = await answer.json();
    if (answer.status === 400) return false;
    if (!answer.ok) throw new Error(found.error);
    this.shift = Float64Array.from(found.shift);
    this.reference = { centre, radius, count: found.count, rows: NO_ROWS };
    return true;
  }

  resetReference() {
    this.shift = new Float64Array(this.days.length);
    this.reference = null;
  }

  /** @param {Item[]} items @returns {Promise<Blob>} */
  async table(items) {
    const found = new URLSearchParams(this.query());
    const rows = items.filter((item) => !item.corners).map((item) => item.row);
    if (rows.length) found.set("rows", rows.join(","));
    for (const { corners } of items) if (corners) found.append("polygon", wordsOf(corners));
    const answer = await fetch(`table.csv?${found}`);
    if (!answer.ok) throw new Error((await answer.json()).error);
    return answer.blob();
  }
}

/** @param {{centre: Place, radius: number}} reference */
function textOf({ centre, radius }) {
  return [...centre.map((v) => v.toFixed(7)), radius].join(",");
}

/** @param {Place[]} corners */
const wordsOf = (corners) => corners.map((place) => place.map((v) => v.toFixed(3)).join(",")).join(";");

/** @param {(number|null)[]} values */
const known = (values) => Float64Array.from(values, (v) => v ?? NaN);

/** @param {PointAnswer} found @returns {Item|null} */
function itemOf(found) {
  if (found.row < 0) return null;
  const values = Object.fromEntries(Object.entries(found.values).map(([name, v]) => [name, v ?? NaN]));
  const mean = known(found.series);
  return { id: values.point_id, row: found.row, rows: Int32Array.of(found.row), count: 1, corners: null,
    place: [found.x, found.y], mean, spread: mean.map(() => NaN), values };
}
