// The points: columns, series, which of them are shown, what they are relative to.

import { lineFitter } from "./fits.js";
import { Grid } from "./grid.js";
import { UNKNOWN_SERIES } from "./payload.js";
import { toLocal, toLonLat } from "./projection.js";

/** @typedef {import("./payload.js").Payload} Payload */
/** @typedef {{centre: [number, number], radius: number, rows: Int32Array}} Reference */

export const DISPLACEMENT = "displacement";
const FITTED = ["velocity", "velocity_std", "rmse"];
const HIDDEN_COLUMNS = ["point_id", "longitude", "latitude"];

export class Points {
  /** @param {Payload} payload */
  constructor(payload) {
    const { head } = payload;
    this.head = head;
    this.size = head.points;
    this.days = head.days;
    this.columns = payload.columns;
    this.series = payload.series;
    this.greys = payload.greys;
    this.step = head.series.step_mm;
    this.weights = head.weights;
    this.day0 = head.days[head.reference_column];
    const [lon, lat] = [this.column("longitude"), this.column("latitude")];
    /** @type {[number, number]} */
    this.origin = [middle(lon), middle(lat)];
    this.x = new Float64Array(this.size);
    this.y = new Float64Array(this.size);
    for (let i = 0; i < this.size; i++) {
      [this.x[i], this.y[i]] = toLocal(lon[i], lat[i], this.origin);
    }
    this.grid = new Grid(this.x, this.y);
    this.shown = new Uint8Array(this.size).fill(1);
    this.shift = new Float64Array(this.days.length);
    /** @type {Reference|null} */
    this.reference = null;
    /** @type {Map<string, Float64Array>} */
    this.asWritten = new Map();
  }

  /** Send the places to the graphics. @param {import("./gl.js").Layer} layer */
  connect(layer) {
    const places = new Float32Array(2 * this.size);
    for (let i = 0; i < this.size; i++) places.set([this.x[i], this.y[i]], 2 * i);
    this.layer = layer;
    this.sheet = layer.sheetOf(places);
    layer.sheets = [this.sheet];
  }

  /** @param {Float64Array} values */
  paintValues(values) {
    if (this.sheet) this.layer?.setValues(this.sheet, values);
  }

  paintShown() {
    if (this.sheet) this.layer?.setShown(this.sheet, this.shown);
  }

  /** Names of what can be shown in colours. */
  get names() {
    const found = this.head.columns.map((c) => c.name).filter((n) => !HIDDEN_COLUMNS.includes(n));
    return [...found.filter((n) => n === "velocity"), DISPLACEMENT,
      ...found.filter((n) => n !== "velocity")];
  }

  /** @param {string} name @returns {Float64Array} */
  column(name) {
    const found = this.columns.get(name);
    if (!found) throw new Error(`no column ${name}`);
    return found;
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

  /** Mean series of points, and the spread among them, NaN left out. @param {Int32Array} rows */
  meanSeries(rows) {
    const n = this.days.length;
    const [mean, spread] = [new Array(n).fill(NaN), new Array(n).fill(NaN)];
    for (let date = 0; date < n; date++) {
      const known = Array.from(rows, (r) => this.displacement(r, date)).filter((v) => !isNaN(v));
      if (!known.length) continue;
      mean[date] = known.reduce((a, b) => a + b, 0) / known.length;
      const square = known.reduce((a, v) => a + (v - mean[date]) ** 2, 0);
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

  get shownCount() {
    return this.shown.reduce((sum, v) => sum + v, 0);
  }

  /** @returns {(row: number) => boolean} */
  get isShown() {
    return (row) => this.shown[row] === 1;
  }

  /** @param {number} x @param {number} y metres */
  nearest(x, y) {
    return this.grid.nearest(x, y, this.isShown);
  }

  /** @param {number} x @param {number} y */
  lonlat(x, y) {
    return toLonLat(x, y, this.origin);
  }

  /** @param {number} lon @param {number} lat */
  local(lon, lat) {
    return toLocal(lon, lat, this.origin);
  }

  /**
   * Take the mean of the points of a circle as reference, hidden ones too, and fit velocities anew.
   * @param {[number, number]} centre longitude, latitude @param {number} radius metres
   * @returns {boolean} false where the circle lacks points at some date: nothing is changed
   */
  setReference(centre, radius) {
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
    this.reference = { centre, radius, rows };
    this._fitLines();
    return true;
  }

  /** Go back to the reference of the file. */
  resetReference() {
    this.shift = new Float64Array(this.days.length);
    this.reference = null;
    for (const [name, values] of this.asWritten) this.columns.set(name, values);
  }

  /** @param {[number, number]} centre @param {number} radius */
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

/** @param {Float64Array} values */
function middle(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? (low + high) / 2 : 0;
}
