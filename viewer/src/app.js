// What the page shows now, and what people do to it.

import { MapView } from "./map.js";
import { DIVERGING, SEQUENTIAL, isDiverging } from "./palettes.js";
import { DISPLACEMENT } from "./points.js";
import { Selection } from "./selection.js";
import { text } from "./texts.js";

/** @typedef {import("./points.js").Points} Points */
/** @typedef {import("./map.js").Place} Place */
/** @typedef {"values"|"shown"|"selection"|"reference"|"profile"|"view"} Change */

const MOST_SAMPLES = 100_000;
const OUTER_SHARE = 0.02; // of the values outside automatic limits, at each end

export class App {
  /** @param {Points} points @param {HTMLElement} mapBox */
  constructor(points, mapBox) {
    this.points = points;
    this.selection = new Selection(points);
    this.column = "velocity";
    this.palette = DIVERGING;
    this.isReversed = false;
    this.isAutomatic = true;
    /** @type {[number, number]} */
    this.limits = [0, 1];
    this.date = points.days.length - 1;
    this.coherence = 0;
    this.std = Infinity;
    this.tool = "pick";
    this.isKeeping = false;
    this.radius = 250;
    this.width = 200;
    this.fit = "fitLinear";
    this.stepDay = points.days[Math.floor(points.days.length / 2)];
    this.hasErrors = true;
    this.isDifference = false;
    this.notice = "";
    /** @type {{distance: number, value: number}[]} */
    this.profile = [];
    /** @type {((change: Change) => void)[]} */
    this.listeners = [];
    this.map = new MapView(mapBox, points, {
      click: (x, y, isAdding) => this.click(x, y, isAdding),
      move: () => this.tell("view"),
      finish: () => this.finishPolygon(),
      key: (key) => this.key(key),
    });
    this.values = points.values(this.column, this.date);
    this.showColumn("velocity");
  }

  /** @param {Change} change */
  tell(change) {
    this.listeners.forEach((listener) => listener(change));
  }

  /** @param {string} name */
  showColumn(name) {
    this.column = name;
    this.palette = isDiverging(name) ? DIVERGING : SEQUENTIAL;
    this.isAutomatic = true;
    this.refreshValues();
  }

  refreshValues() {
    const { map, points } = this;
    this.values = points.values(this.column, this.date);
    if (this.isAutomatic) this.limits = this.automaticLimits();
    points.paintValues(this.values);
    map.layer.setPalette(this.palette, this.isReversed);
    map.layer.limits = this.limits;
    this.refreshProfile();
    map.redraw();
    this.tell("values");
  }

  /** @param {number} low @param {number} high */
  fixLimits(low, high) {
    this.isAutomatic = false;
    if (Number.isFinite(low) && Number.isFinite(high) && low < high) this.limits = [low, high];
    this.refreshValues();
  }

  /** Limits that leave out the outermost values; about zero where the sign matters.
   * @returns {[number, number]} */
  automaticLimits() {
    const found = this.samples();
    if (!found.length) return [0, 1];
    const at = (/** @type {number} */ share) => found[Math.round(share * (found.length - 1))];
    const [low, high] = [at(OUTER_SHARE), at(1 - OUTER_SHARE)];
    if (isDiverging(this.column)) {
      const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
      return [-most, most];
    }
    return low < high ? [low, high] : [low - 0.5, low + 0.5];
  }

  /** Values of shown points, sorted; displacement of all dates, so that limits stay. */
  samples() {
    const { points } = this;
    const dates = this.column === DISPLACEMENT ? points.days.length : 1;
    const every = Math.max(1, Math.ceil((points.size * dates) / MOST_SAMPLES));
    const found = [];
    for (let k = 0; k < points.size * dates; k += every) {
      const row = Math.floor(k / dates);
      if (!points.shown[row]) continue;
      const value = dates > 1 ? points.displacement(row, k % dates) : this.values[row];
      if (!Number.isNaN(value)) found.push(value);
    }
    return Float64Array.from(found).sort();
  }

  /** @param {number} date */
  showDate(date) {
    this.date = Math.max(0, Math.min(this.points.days.length - 1, date));
    if (this.column === DISPLACEMENT) this.refreshValues();
    else this.showColumn(DISPLACEMENT);
  }

  refreshFilter() {
    this.points.filter(this.coherence, this.std);
    this.points.paintShown();
    this.refreshValues();
    this.tell("shown");
  }

  /** @param {number} x @param {number} y metres @param {boolean} isAdding */
  click(x, y, isAdding) {
    if (this.tool === "polygon") {
      this.map.marks.drawn.push([x, y]);
      this.map.redraw();
      return;
    }
    if (this.tool === "profile") {
      this.addProfileEnd(x, y);
      return;
    }
    const { row } = this.points.nearest(x, y);
    if (row < 0) return;
    if (this.tool === "reference") {
      const [lon, lat] = [this.points.column("longitude")[row], this.points.column("latitude")[row]];
      this.setReference(lon, lat);
      return;
    }
    this.selection.add({ rows: Int32Array.of(row), corners: null }, isAdding || this.isKeeping);
    this.refreshSelection();
  }

  finishPolygon() {
    const corners = this.map.marks.drawn.filter((place, k, all) => {
      return !k || Math.hypot(place[0] - all[k - 1][0], place[1] - all[k - 1][1]) > 1e-6;
    });
    this.map.marks.drawn = [];
    if (corners.length >= 3) {
      const rows = this.points.grid.inPolygon(corners, this.points.isShown);
      if (rows.length) this.selection.add({ rows, corners }, this.isKeeping);
    }
    this.refreshSelection();
  }

  clear() {
    this.selection.clear();
    this.map.marks.drawn = [];
    this.map.marks.profile = [];
    this.refreshProfile();
    this.refreshSelection();
  }

  refreshSelection() {
    const { points, map, selection } = this;
    map.marks.points = selection.items.map(({ rows, corners }) => {
      return corners ? corners[0] : [points.x[rows[0]], points.y[rows[0]]];
    });
    map.marks.polygons = selection.items.flatMap(({ corners }) => (corners ? [corners] : []));
    map.redraw();
    this.tell("selection");
  }

  /** @param {number} lon @param {number} lat */
  setReference(lon, lat) {
    const isSet = this.points.setReference([lon, lat], this.radius);
    this.notice = isSet ? "" : text("referenceEmpty");
    if (isSet) {
      const [x, y] = this.points.local(lon, lat);
      this.map.marks.circle = { x, y, radius: this.radius };
    }
    this.refreshReference();
  }

  resetReference() {
    this.points.resetReference();
    this.map.marks.circle = null;
    this.notice = "";
    this.refreshReference();
  }

  refreshReference() {
    this.refreshFilter();
    this.refreshSelection();
    this.tell("reference");
  }

  /** @param {number} x @param {number} y */
  addProfileEnd(x, y) {
    const { marks } = this.map;
    marks.profile = marks.profile.length === 1 ? [...marks.profile, [x, y]] : [[x, y]];
    this.refreshProfile();
    this.map.redraw();
  }

  /** Points in a strip along the line, with their distance from its first end. */
  refreshProfile() {
    const ends = this.map.marks.profile;
    this.profile = ends.length === 2 ? this.strip(ends[0], ends[1]) : [];
    this.tell("profile");
  }

  /** @param {Place} first @param {Place} last */
  strip(first, last) {
    const [dx, dy] = [last[0] - first[0], last[1] - first[1]];
    const length = Math.hypot(dx, dy) || 1;
    const [ux, uy, half] = [dx / length, dy / length, this.width / 2];
    /** @type {Place[]} */
    const corners = [
      [first[0] - uy * half, first[1] + ux * half], [last[0] - uy * half, last[1] + ux * half],
      [last[0] + uy * half, last[1] - ux * half], [first[0] + uy * half, first[1] - ux * half],
    ];
    const { points } = this;
    const rows = points.grid.inPolygon(corners, points.isShown);
    return Array.from(rows, (row) => ({
      distance: (points.x[row] - first[0]) * ux + (points.y[row] - first[1]) * uy,
      value: this.values[row],
    }));
  }

  /** @param {string} key @returns {boolean} whether it means something */
  key(key) {
    if (key === "[" || key === "]") this.showDate(this.date + (key === "]" ? 1 : -1));
    else if (key === "Escape") this.clear();
    else return false;
    return true;
  }
}
