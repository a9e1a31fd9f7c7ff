// The map: camera, mouse, touch and keyboard; marks over the points.

import { Backdrop, addPictures } from "./backdrop.js";
import { Layer } from "./gl.js";
import { LINE_COLOURS } from "./palettes.js";
import { text } from "./texts.js";
import { WebTiles } from "./web_tiles.js";

/** @typedef {import("./points.js").Points|import("./streamed.js").StreamedPoints} Points */
/** @typedef {[number, number]} Place */
/**
 * @typedef {{points: Place[], polygons: Place[][], drawn: Place[], profile: Place[],
 *   circle: {x: number, y: number, radius: number}|null}} Marks
 */

const CLICK_PIXELS = 5;
const NEAREST_SCALE = 0.02; // metres per pixel
const [SMALLEST, LARGEST] = [3, 12];
const TILES = "tiles";

export class MapView {
  /**
   * @param {HTMLElement} box @param {Points} points
   * @param {{click: (x: number, y: number, isAdding: boolean) => void, move: () => void,
   *   finish: () => void, key: (key: string) => boolean, failed: (error: unknown) => void}} handlers
   */
  constructor(box, points, handlers) {
    this.box = box;
    this.points = points;
    this.handlers = handlers;
    const canvases = /** @type {HTMLCanvasElement[]} */ ([...box.querySelectorAll("canvas")]);
    this.canvas = canvases[0];
    this.over = canvases[1];
    this.layer = new Layer(this.canvas);
    this.layer.backdrop = this._backdrop();
    points.connect(this.layer, { redraw: () => this.redraw(), failed: handlers.failed });
    this.camera = { x: 0, y: 0, metresPerPixel: 1 };
    this.sizeFactor = 1;
    this.bright = 1;
    /** @type {Marks} */
    this.marks = { points: [], polygons: [], drawn: [], profile: [], circle: null };
    /** @type {Map<number, Place>} */
    this.fingers = new Map();
    this.travelled = 0;
    this.isWaiting = false;
    this._listen();
    new ResizeObserver(() => this._resize()).observe(box);
    this._resize();
    this.showAll();
  }

  /** Pictures of the scene, and map tiles where the page names a server of them. */
  _backdrop() {
    const { points } = this;
    const found = new Backdrop(this.layer.gl);
    const local = (/** @type {number} */ lon, /** @type {number} */ lat) => points.local(lon, lat);
    addPictures(found, points.head.pictures, points.greys, local);
    if (points.head.tiles) {
      const tiles = new WebTiles(points.head.tiles, found, {
        local, lonlat: (x, y) => points.lonlat(x, y), size: () => [this.width, this.height],
        redraw: () => this.redraw(),
      });
      found.add(TILES, (camera) => tiles.pictures(camera));
    }
    if (found.chosen === TILES) found.chosen = ""; // nobody is asked before somebody chooses them
    return found;
  }

  get width() {
    return this.box.clientWidth;
  }

  get height() {
    return this.box.clientHeight;
  }

  showAll() {
    const { west, east, south, north } = this.points.box;
    const scale = Math.max((east - west) / (0.94 * this.width), (north - south) / (0.9 * this.height));
    this.moveTo((west + east) / 2, (south + north) / 2, Math.max(scale, NEAREST_SCALE));
  }

  /** @param {number} x @param {number} y @param {number} [metresPerPixel] */
  moveTo(x, y, metresPerPixel = this.camera.metresPerPixel) {
    const { west, east, south, north } = this.points.box;
    const widest = 20 * Math.max(east - west, north - south, 100) / Math.max(this.width, 100);
    const scale = Math.max(NEAREST_SCALE, Math.min(widest, metresPerPixel));
    this.camera = { x, y, metresPerPixel: scale };
    this.redraw();
    this.handlers.move();
  }

  /** @param {number} px @param {number} py pixels of the box @returns {Place} */
  placeAt(px, py) {
    const { x, y, metresPerPixel } = this.camera;
    return [x + (px - this.width / 2) * metresPerPixel, y - (py - this.height / 2) * metresPerPixel];
  }

  /** @param {Place} place @returns {Place} pixels */
  pixelOf(place) {
    const { x, y, metresPerPixel } = this.camera;
    return [this.width / 2 + (place[0] - x) / metresPerPixel,
      this.height / 2 - (place[1] - y) / metresPerPixel];
  }

  /** @param {number} factor @param {number} px @param {number} py what stays in its place */
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.placeAt(px, py);
    const before = this.camera.metresPerPixel;
    this.moveTo(this.camera.x, this.camera.y, before * factor);
    const kept = 1 - this.camera.metresPerPixel / before;
    this.moveTo(this.camera.x + (x - this.camera.x) * kept, this.camera.y + (y - this.camera.y) * kept);
  }

  /** Draw at the next frame. */
  redraw() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      this.drawNow();
    });
  }

  drawNow() {
    const { metresPerPixel } = this.camera;
    this.points.prepare(this.camera, this.width, this.height);
    const spacing = this.points.spacing(metresPerPixel) / metresPerPixel;
    const size = Math.max(SMALLEST, Math.min(LARGEST, 0.9 * spacing)) * this.sizeFactor;
    const style = { size, ratio: this.canvas.width / Math.max(this.width, 1), bright: this.bright };
    this.layer.draw(this.camera, style);
    this._drawMarks();
  }

  _resize() {
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.over]) {
      canvas.width = Math.max(1, Math.round(this.width * ratio));
      canvas.height = Math.max(1, Math.round(this.height * ratio));
    }
    this.drawNow();
  }

  _listen() {
    const { box } = this;
    box.addEventListener("pointerdown", (e) => this._down(e));
    box.addEventListener("pointermove", (e) => this._moved(e));
    box.addEventListener("pointerup", (e) => this._up(e));
    box.addEventListener("pointercancel", (e) => this.fingers.delete(e.pointerId));
    box.addEventListener("dblclick", () => this.handlers.finish());
    box.addEventListener("wheel", (e) => {
      e.preventDefault();
      this.zoom(Math.exp(Math.max(-0.5, Math.min(0.5, e.deltaY / 500))), ...this._place(e));
    }, { passive: false });
    box.addEventListener("keydown", (e) => this._key(e));
  }

  /** @param {MouseEvent} event @returns {Place} */
  _place(event) {
    const box = this.box.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {PointerEvent} event */
  _down(event) {
    if (event.button > 0) return;
    this.box.setPointerCapture(event.pointerId);
    if (!this.fingers.size) this.travelled = 0;
    this.fingers.set(event.pointerId, this._place(event));
  }

  /** @param {PointerEvent} event */
  _moved(event) {
    const last = this.fingers.get(event.pointerId);
    if (!last) return;
    const now = this._place(event);
    const [dx, dy] = [now[0] - last[0], now[1] - last[1]];
    this.travelled += Math.hypot(dx, dy);
    if (this.fingers.size === 2) {
      this.travelled = Infinity; // two fingers never click
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1] ?? now;
      const before = Math.hypot(last[0] - other[0], last[1] - other[1]);
      const after = Math.hypot(now[0] - other[0], now[1] - other[1]);
      this.zoom(before / Math.max(after, 1), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    }
    const share = this.fingers.size === 2 ? 0.5 : 1;
    if (this.travelled > CLICK_PIXELS) {
      const { x, y, metresPerPixel } = this.camera;
      this.moveTo(x - share * dx * metresPerPixel, y + share * dy * metresPerPixel);
    }
    this.fingers.set(event.pointerId, now);
  }

  /** @param {PointerEvent} event */
  _up(event) {
    const isMine = this.fingers.delete(event.pointerId);
    if (!isMine || this.fingers.size || this.travelled > CLICK_PIXELS) return;
    this.handlers.click(...this.placeAt(...this._place(event)), event.shiftKey);
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 80 * this.camera.metresPerPixel;
    const { x, y } = this.camera;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.moveTo(x - step, y),
      ArrowRight: () => this.moveTo(x + step, y),
      ArrowUp: () => this.moveTo(x, y + step),
      ArrowDown: () => this.moveTo(x, y - step),
      "+": () => this.zoom(1 / 1.5),
      "=": () => this.zoom(1 / 1.5),
      "-": () => this.zoom(1.5),
      0: () => this.showAll(),
      Enter: () => this.handlers.click(x, y, event.shiftKey),
    };
    const action = actions[event.key];
    action?.();
    if (action !== undefined || this.handlers.key(event.key)) event.preventDefault();
  }

  _drawMarks() {
    const context = this.over.getContext("2d");
    if (!context) return;
    const ratio = this.over.width / Math.max(this.width, 1);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.drawOver(context);
    if (document.activeElement === this.box) cross(context, this.width / 2, this.height / 2);
  }

  /** Draw marks and scale bar. @param {CanvasRenderingContext2D} context */
  drawOver(context) {
    const { points, polygons, drawn, profile, circle } = this.marks;
    polygons.forEach((corners) => this._line(context, corners, true));
    this._line(context, drawn, false);
    this._line(context, profile, false);
    if (circle) {
      const [px, py] = this.pixelOf([circle.x, circle.y]);
      ring(context, px, py, Math.max(6, circle.radius / this.camera.metresPerPixel), "#000", [5, 4]);
    }
    points.forEach((place, k) => {
      ring(context, ...this.pixelOf(place), 9, LINE_COLOURS[k % LINE_COLOURS.length], []);
    });
    this._scaleBar(context);
  }

  /** @param {CanvasRenderingContext2D} context @param {Place[]} places @param {boolean} isClosed */
  _line(context, places, isClosed) {
    if (!places.length) return;
    for (const [width, colour] of /** @type {[number, string][]} */ ([[4, "#fff"], [2, "#000"]])) {
      context.beginPath();
      places.forEach((place) => context.lineTo(...this.pixelOf(place)));
      if (isClosed) context.closePath();
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
    for (const place of places) {
      const [px, py] = this.pixelOf(place);
      context.fillStyle = "#000";
      context.fillRect(px - 3, py - 3, 6, 6);
    }
  }

  /** @param {CanvasRenderingContext2D} context */
  _scaleBar(context) {
    const most = 0.2 * this.width * this.camera.metresPerPixel;
    const power = 10 ** Math.floor(Math.log10(most));
    const metres = [5, 2, 1].map((k) => k * power).find((m) => m <= most) ?? power;
    const wide = metres / this.camera.metresPerPixel;
    const words = metres >= 1000 ? text("kilometres", { n: metres / 1000 })
      : text("metres", { n: Number(metres.toPrecision(1)) });
    const y = this.height - 14;
    context.fillStyle = "rgba(255, 255, 255, 0.85)";
    context.fillRect(8, y - 18, Math.max(wide, 50) + 12, 26);
    context.fillStyle = "#222";
    context.fillRect(14, y, wide, 3);
    context.font = "12px sans-serif";
    context.fillText(words, 14, y - 5);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y
 * @param {number} radius @param {string} colour @param {number[]} dash */
function ring(context, x, y, radius, colour, dash) {
  for (const [width, stroke] of /** @type {[number, string][]} */ ([[5, "#fff"], [2.5, colour]])) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.setLineDash(dash);
    context.lineWidth = width;
    context.strokeStyle = stroke;
    context.stroke();
  }
  context.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y */
function cross(context, x, y) {
  context.strokeStyle = "#000";
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x - 8, y);
  context.lineTo(x + 8, y);
  context.moveTo(x, y - 8);
  context.lineTo(x, y + 8);
  context.stroke();
}
