// What the page shows now, and what people do to it.

import { DISPLACEMENT } from "./described.js";
import { MapView } from "./map.js";
import { DIVERGING, SEQUENTIAL, isDiverging } from "./palettes.js";
import { Selection } from "./selection.js";
import { text } from "./texts.js";

/** @typedef {import("./points.js").Points|import("./streamed.js").StreamedPoints} AnyPoints */
/** @typedef {import("./map.js").Place} Place */
/** @typedef {"values"|"selection"|"reference"|"profile"|"view"|"notice"} Change */

export class App {
  /** @param {AnyPoints} points @param {HTMLElement} mapBox */
  constructor(points, mapBox) {
    this.points = points;
    this.selection = new Selection(points);
    this.column = "velocity";
    this.palette = DIVERGING;
    this.isReversed = false;
    this.isAutomatic = true;
    /** @type {Place} */
    this.limits = [0, 1];
    this.shownCount = points.size;
    this.turn = 0;
    this.profileEvery = 1;
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
      failed: (error) => this.attempt(Promise.reject(error)),
    });
  }

  /** @param {Change} change */
  tell(change) {
    this.listeners.forEach((listener) => listener(change));
  }

  /** Do something that may have to ask the server; what goes wrong is said. @param {Promise<unknown>} work */
  attempt(work) {
    return work.catch((error) => {
      this.notice = text("noAnswer", { reason: error instanceof Error ? error.message : String(error) });
      this.tell("notice");
    });
  }

  /** @returns {import("./described.js").View} */
  get view() {
    const { column, date, coherence, std } = this;
    return { column, date, coherence, std };
  }

  /** @param {string} name */
  showColumn(name) {
    this.column = name;
    this.palette = isDiverging(name) ? DIVERGING : SEQUENTIAL;
    this.isAutomatic = true;
    return this.refreshValues();
  }

  refreshValues() {
    return this.attempt(this._refreshValues());
  }

  async _refreshValues() {
    const { map, points } = this;
    const turn = ++this.turn;
    const showing = points.show(this.view);
    map.redraw();
    const { count, outer } = await showing;
    if (turn !== this.turn) return; // somebody has asked for something else meanwhile
    this.shownCount = count;
    if (this.isAutomatic) this.limits = automaticLimits(outer, isDiverging(this.column));
    map.layer.setPalette(this.palette, this.isReversed);
    map.layer.limits = this.limits;
    map.redraw();
    this.tell("values");
    await this._refreshProfile();
  }

  /** @param {number} low @param {number} high */
  fixLimits(low, high) {
    this.isAutomatic = false;
    if (Number.isFinite(low) && Number.isFinite(high) && low < high) this.limits = [low, high];
    return this.refreshValues();
  }

  /** @param {number} date */
  showDate(date) {
    this.date = Math.max(0, Math.min(this.points.days.length - 1, date));
    return this.column === DISPLACEMENT ? this.refreshValues() : this.showColumn(DISPLACEMENT);
  }

  /** @param {number} x @param {number} y metres @param {boolean} isAdding */
  click(x, y, isAdding) {
    if (this.tool === "polygon") {
      this.map.marks.drawn.push([x, y]);
      this.map.redraw();
      return;
    }
    if (this.tool === "profile") this.addProfileEnd(x, y);
    else this.attempt(this._choose(x, y, isAdding));
  }

  /** @param {number} x @param {number} y @param {boolean} isAdding */
  async _choose(x, y, isAdding) {
    const item = await this.points.itemAt(x, y);
    if (!item) return;
    if (this.tool === "reference") {
      await this.setReference(item.values.longitude, item.values.latitude);
      return;
    }
    this.selection.add(item, isAdding || this.isKeeping);
    this.refreshSelection();
  }

  finishPolygon() {
    const corners = this.map.marks.drawn.filter((place, k, all) => {
      return !k || Math.hypot(place[0] - all[k - 1][0], place[1] - all[k - 1][1]) > 1e-6;
    });
    this.map.marks.drawn = [];
    this.map.redraw();
    return corners.length < 3 ? undefined : this.attempt(this._choosePolygon(corners));
  }

  /** @param {Place[]} corners */
  async _choosePolygon(corners) {
    const item = await this.points.itemInside(corners);
    if (item) this.selection.add(item, this.isKeeping);
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
    const { map, selection } = this;
    map.marks.points = selection.items.map(({ place }) => place);
    map.marks.polygons = selection.items.flatMap(({ corners }) => (corners ? [corners] : []));
    map.redraw();
    this.tell("selection");
  }

  /** @param {number} lon @param {number} lat */
  setReference(lon, lat) {
    return this.attempt(this._setReference(lon, lat));
  }

  /** @param {number} lon @param {number} lat */
  async _setReference(lon, lat) {
    const isSet = await this.points.setReference([lon, lat], this.radius);
    this.notice = isSet ? "" : text("referenceEmpty");
    if (isSet) {
      const [x, y] = this.points.local(lon, lat);
      this.map.marks.circle = { x, y, radius: this.radius };
    }
    await this._refreshReference();
  }

  resetReference() {
    this.points.resetReference();
    this.map.marks.circle = null;
    this.notice = "";
    return this.attempt(this._refreshReference());
  }

  async _refreshReference() {
    this.tell("reference");
    await Promise.all(this.selection.items.map((item) => this.points.refreshItem(item)));
    this.refreshSelection();
    await this._refreshValues();
  }

  /** @param {number} x @param {number} y */
  addProfileEnd(x, y) {
    const { marks } = this.map;
    marks.profile = marks.profile.length === 1 ? [...marks.profile, [x, y]] : [[x, y]];
    this.refreshProfile();
    this.map.redraw();
  }

  refreshProfile() {
    return this.attempt(this._refreshProfile());
  }

  /** Points in a strip along the line, with their distance from its first end. */
  async _refreshProfile() {
    const ends = this.map.marks.profile;
    const turn = this.turn;
    const found = ends.length === 2 ? await this._strip(ends[0], ends[1]) : [];
    if (turn !== this.turn) return;
    this.profile = found;
    this.tell("profile");
  }

  /** @param {Place} first @param {Place} last */
  async _strip(first, last) {
    const [dx, dy] = [last[0] - first[0], last[1] - first[1]];
    const length = Math.hypot(dx, dy) || 1;
    const [ux, uy, half] = [dx / length, dy / length, this.width / 2];
    /** @type {Place[]} */
    const corners = [
      [first[0] - uy * half, first[1] + ux * half], [last[0] - uy * half, last[1] + ux * half],
      [last[0] + uy * half, last[1] - ux * half], [first[0] + uy * half, first[1] - ux * half],
    ];
    const { x, y, values, every } = await this.points.strip(corners);
    this.profileEvery = every;
    return Array.from(values, (value, k) => ({
      distance: (x[k] - first[0]) * ux + (y[k] - first[1]) * uy, value,
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

/** Limits that leave out the outermost values; about zero where the sign matters.
 * @param {Place|null} outer @param {boolean} isAboutZero @returns {Place} */
function automaticLimits(outer, isAboutZero) {
  if (!outer) return [0, 1];
  const [low, high] = outer;
  if (isAboutZero) {
    const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return [-most, most];
  }
  return low < high ? [low, high] : [low - 0.5, low + 0.5];
}
