// All points in memory: columns, series, which of them are shown, what they are relative to.

import { BINS, DISPLACEMENT, Described, OUTER_SHARE } from "./described.js";
import { tableOf } from "./download.js";
import { lineFitter } from "./fits.js";
import { Grid } from "./grid.js";
import { UNKNOWN_SERIES } from "./payload.js";
import { toLocal } from "./projection.js";

/** @typedef {import("./payload.js").Payload} Payload */
/** @typedef {import("./described.js").Item} Item */
/** @typedef {import("./described.js").Place} Place */
/** @typedef {import("./described.js").View} View */

const FITTED = ["velocity", "velocity_std", "rmse"];
const MOST_SAMPLES = 100_000;

export class Points extends Described {
  /** @param {Payload} payload */
  constructor(payload) {
    const [lon, lat] = ["longitude", "latitude"].map((name) => columnOf(payload.columns, name));
    super(payload, [middle(lon), middle(lat)]);
    this.isStreamed = false;
    this.columns = payload.columns;
    this.series = payload.series;
    this.step = payload.head.series.step_mm;
    this.x = new Float64Array(this.size);
    this.y = new Float64Array(this.size);
    for (let i = 0; i < this.size; i++) {
      [this.x[i], this.y[i]] = toLocal(lon[i], lat[i], this.origin);
    }
    this.grid = new Grid(this.x, this.y);
    this.shown = new Uint8Array(this.size).fill(1);
    this.current = this.values("velocity", 0);
    /** @type {Map<string, Float64Array>} */
    this.asWritten = new Map();
  }

  get box() {
    return this.grid.box;
  }

  /** Metres between points. @param {number} _metresPerPixel */
  spacing(_metresPerPixel) {
    return this.grid.size / Math.SQRT2;
  }

  /** Send the places to the graphics. @param {import("./gl.js").Layer} layer */
  connect(layer) {
    const places = new Float32Array(2 * this.size);
    for (let i = 0; i < this.size; i++) places.set([this.x[i], this.y[i]], 2 * i);
    this.layer = layer;
    this.sheet = layer.sheetOf(places);
    layer.sheets = [this.sheet];
  }

  /** All is drawn at every scale. @param {import("./gl.js").Camera} _camera
   * @param {number} _width @param {number} _height */
  prepare(_camera, _width, _height) {}

  /** @param {string} name @returns {Float64Array} */
  column(name) {
    return columnOf(this.columns, name);
  }

  /** Displacement of a point at a date, mm. @param {number} row @param {number} date */
  displacement(row, date) {
    const value = this.series[row * this.days.length + date];
    return value === UNKNOWN_SERIES ? NaN : value * this.step - this.shift[date];
  }

  /** Values that the map shows. @param {string} name @param {number} date */
  values(name, date) {
    if (name !== DISPLACEMENT) return this.column(name);
    return Float64Array.from(this.shown, (_, row) => this.displacement(row, date));
  }

  /** @param {View} view @returns {Promise<import("./described.js").Summary>} */
  async show({ column, date, coherence, std }) {
    this.filter(coherence, std);
    this.current = this.values(column, date);
    if (this.layer && this.sheet) {
      this.layer.setShown(this.sheet, this.shown);
      this.layer.setValues(this.sheet, this.current);
    }
    const found = this.samples(column);
    const at = (/** @type {number} */ share) => found[Math.round(share * (found.length - 1))];
    const outer = found.length ? /** @type {Place} */ ([at(OUTER_SHARE), at(1 - OUTER_SHARE)]) : null;
    return { count: this.shown.reduce((sum, v) => sum + v, 0), outer };
  }

  /** Values of shown points, sorted; displacement of all dates, so that limits stay.
   * @param {string} column */
  samples(column) {
    const dates = column === DISPLACEMENT ? this.days.length : 1;
    const every = Math.max(1, Math.ceil((this.size * dates) / MOST_SAMPLES));
    const found = [];
    for (let k = 0; k < this.size * dates; k += every) {
      const row = Math.floor(k / dates);
      if (!this.shown[row]) continue;
      const value = dates > 1 ? this.displacement(row, k % dates) : this.current[row];
      if (!Number.isNaN(value)) found.push(value);
    }
    return Float64Array.from(found).sort();
  }

  /** @param {Place} limits @returns {Promise<import("./described.js").Counts>} */
  async histogram([low, high]) {
    const counts = new Array(BINS).fill(0);
    const wide = (high - low) / BINS || 1;
    this.current.forEach((v, row) => {
      const bin = Math.floor((v - low) / wide);
      if (this.shown[row] && bin >= 0 && (bin < BINS || v === high)) counts[Math.min(bin, BINS - 1)]++;
    });
    return { counts, every: 1 };
  }

  /** @param {number} x @param {number} y @returns {Promise<Item|null>} */
  async itemAt(x, y) {
    const { row } = this.nearest(x, y);
    return row < 0 ? null : this._item(row);
  }

  /** @param {number} id @returns {Promise<Item|null>} */
  async itemWithId(id) {
    const row = this.column("point_id").indexOf(id);
    return row < 0 ? null : this._item(row);
  }

  /** @param {number} row @returns {Item} */
  _item(row) {
    const rows = Int32Array.of(row);
    return { id: this.column("point_id")[row], row, rows, count: 1, corners: null,
      place: [this.x[row], this.y[row]], ...this.meanSeries(rows), values: this._valuesOf(row) };
  }

  /** @param {number} row */
  _valuesOf(row) {
    return Object.fromEntries([...this.columns].map(([name, values]) => [name, values[row]]));
  }

  /** Values relative to the reference as it is now. @param {Item} item */
  async refreshItem(item) {
    if (!item.corners) item.values = this._valuesOf(item.row);
  }

  /** @param {Place[]} corners @returns {Promise<Item|null>} */
  async itemInside(corners) {
    const rows = this.grid.inPolygon(corners, this.isShown);
    if (!rows.length) return null;
    return { id: null, row: -1, rows, count: rows.length, corners, place: corners[0],
      ...this.meanSeries(rows), values: {} };
  }

  /** @param {Place[]} corners @returns {Promise<import("./described.js").Strip>} */
  async strip(corners) {
    const rows = this.grid.inPolygon(corners, this.isShown);
    const of = (/** @type {Float64Array} */ values) => Float64Array.from(rows, (row) => values[row]);
    return { x: of(this.x), y: of(this.y), values: of(this.current), every: 1 };
  }

  /** Mean series of points as in the file, and the spread among them, NaN left out.
   * @param {Int32Array} rows */
  meanSeries(rows) {
    const n = this.days.length;
    const [mean, spread] = [new Array(n).fill(NaN), new Array(n).fill(NaN)];
    for (let date = 0; date < n; date++) {
      const known = Array.from(rows, (r) => this.displacement(r, date)).filter((v) => !isNaN(v));
      if (!known.length) continue;
      const middle = known.reduce((a, b) => a + b, 0) / known.length;
      const square = known.reduce((a, v) => a + (v - middle) ** 2, 0);
      mean[date] = middle + this.shift[date];
      if (known.length > 1) spread[date] = Math.sqrt(square / (known.length - 1));
    }
    return { mean, spread };
  }

  /**
   * Hide points; what is not known passes only where nothing is asked for.
   * @param {number} coherence least @param {number} std largest, mm/yr
   */
  filter(coherence, std) {
    const [c, s] = [this.column("coherence"), this.column("velocity_std")];
    for (let i = 0; i < this.size; i++) {
      this.shown[i] = Number(!(coherence > 0 && !(c[i] >= coherence)) &&
        !(std < Infinity && !(s[i] <= std)));
    }
  }

  /** @returns {(row: number) => boolean} */
  get isShown() {
    return (row) => this.shown[row] === 1;
  }

  /** @param {number} x @param {number} y metres */
  nearest(x, y) {
    return this.grid.nearest(x, y, this.isShown);
  }

  /** The columns of an export, of the points chosen, or of all that are shown.
   * @param {Item[]} items @returns {Promise<Blob>} */
  async table(items) {
    const chosen = Int32Array.from(new Set(items.flatMap((item) => [...item.rows]))).sort();
    const rows = items.length ? chosen : Int32Array.from(this.shown.keys()).filter(this.isShown);
    return new Blob([tableOf(this, rows)], { type: "text/csv" });
  }

  /**
   * Take the mean of the points of a circle as reference, hidden ones too, and fit velocities anew.
   * @param {Place} centre longitude, latitude @param {number} radius metres
   * @returns {Promise<boolean>} false where the circle lacks points at some date: nothing is changed
   */
  async setReference(centre, radius) {
    const rows = this._inCircle(centre, radius);
    const n = this.days.length;
    const shift = new Float64Array(n);
    const count = new Int32Array(n);
    for (const row of rows) {
      for (let date = 0; date < n; date++) {
        const value = this.series[row * n + date];
        if (value === UNKNOWN_SERIES) continue;
        shift[date] += value * this.step;
        count[date]++;
      }
    }
    if (count.includes(0)) return false;
    this.shift = shift.map((v, date) => v / count[date]);
    this.reference = { centre, radius, count: rows.length, rows };
    this._fitLines();
    return true;
  }

  /** Go back to the reference of the file. */
  resetReference() {
    this.shift = new Float64Array(this.days.length);
    this.reference = null;
    for (const [name, values] of this.asWritten) this.columns.set(name, values);
  }

  /** @param {Place} centre @param {number} radius */
  _inCircle(centre, radius) {
    const [x, y] = this.local(...centre);
    const [lon, lat] = [this.column("longitude"), this.column("latitude")];
    const reach = radius * 1.01 + 1; // the scale of the map differs a little from that at the centre
    return this.grid.inCircle(x, y, reach, (i) => {
      return Math.hypot(...toLocal(lon[i], lat[i], centre)) <= radius;
    });
  }

  _fitLines() {
    const line = lineFitter(this.days, this.weights, this.day0);
    if (!line) return;
    for (const name of FITTED) {
      if (!this.asWritten.has(name)) this.asWritten.set(name, this.column(name));
    }
    const [velocity, std, rmse] = FITTED.map((name) => new Float64Array(this.asWritten.get(name) ?? []));
    // a velocity is linear in the series: that of the file is not rounded as the series are
    const ofReference = line(this.shift).velocity;
    const values = new Float64Array(this.days.length);
    for (let row = 0; row < this.size; row++) {
      for (let date = 0; date < values.length; date++) values[date] = this.displacement(row, date);
      const found = line(values);
      velocity[row] -= ofReference;
      std[row] = found.std;
      rmse[row] = found.rms;
    }
    [velocity, std, rmse].forEach((column, k) => this.columns.set(FITTED[k], column));
  }
}

/** @param {Map<string, Float64Array>} columns @param {string} name */
function columnOf(columns, name) {
  const found = columns.get(name);
  if (!found) throw new Error(`no column ${name}`);
  return found;
}

/** @param {Float64Array} values */
function middle(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? (low + high) / 2 : 0;
}
