// Tiles of points that a server gives: those in view, no more than fit into a fixed memory.

/** @typedef {import("./gl.js").Layer} Layer */
/** @typedef {import("./gl.js").Sheet} Sheet */
/** @typedef {import("./gl.js").Camera} Camera */
/** @typedef {{sheet: Sheet|null, query: string, column: string, isAll: boolean, isAsked: boolean}} Tile */
/** @typedef {{zoom: number, x: number, y: number}} Number3 */
/** @typedef {{corner: [number, number], side: number}} Square */

const CELLS = 128; // of a tile, along its side
const PIXELS_OF_CELL = 3;
const LARGEST_ZOOM = 9;
const MOST_TILES = 160;
const MOST_REQUESTS = 4;
const HEAD_BYTES = 8;
const MS_TO_NEXT_TRY = 2000;

export class Tiles {
  /**
   * @param {Square} square that the tiles divide @param {Layer} layer
   * @param {{redraw: () => void, failed: (error: unknown) => void}} handlers
   */
  constructor(square, layer, handlers) {
    this.square = square;
    this.layer = layer;
    this.handlers = handlers;
    /** Those used last stand last. @type {Map<string, Tile>} */
    this.tiles = new Map();
    /** @type {Number3[]} */
    this.wanted = [];
    this.requests = 0;
    this.query = "";
    this.column = "";
  }

  /** Show other values, or other points. @param {string} query @param {string} column */
  ask(query, column) {
    this.query = query;
    this.column = column;
  }

  /** Whether all that is in view is here. */
  get isComplete() {
    return !this.wanted.length && !this.requests;
  }

  /** @param {number} metresPerPixel */
  zoomOf(metresPerPixel) {
    const cells = this.square.side / (PIXELS_OF_CELL * metresPerPixel * CELLS);
    return Math.max(0, Math.min(LARGEST_ZOOM, Math.round(Math.log2(cells))));
  }

  /** Metres between points that are drawn. @param {number} metresPerPixel */
  spacing(metresPerPixel) {
    return this.square.side / 2 ** this.zoomOf(metresPerPixel) / CELLS;
  }

  /**
   * Give the layer what is in view, and ask for what is missing; a coarser tile stands for it.
   * @param {Camera} camera @param {number} width @param {number} height pixels
   */
  prepare(camera, width, height) {
    const zoom = this.zoomOf(camera.metresPerPixel);
    /** @type {Map<string, Tile>} */
    const drawn = new Map();
    this.wanted = [];
    this._use({ zoom: 0, x: 0, y: 0 }, drawn, false);
    for (const number of this._inView(camera, width, height, zoom)) this._use(number, drawn, true);
    const byZoom = [...drawn].sort(([a], [b]) => parseInt(a) - parseInt(b));
    this.layer.sheets = byZoom.flatMap(([, { sheet }]) => (sheet ? [sheet] : []));
    this._forgetOld(drawn);
    this._request();
  }

  /** @param {Camera} camera @param {number} width @param {number} height @param {number} zoom */
  _inView(camera, width, height, zoom) {
    const { corner, side } = this.square;
    const wide = side / 2 ** zoom;
    const half = [(width / 2) * camera.metresPerPixel, (height / 2) * camera.metresPerPixel];
    const last = 2 ** zoom - 1;
    const at = (/** @type {number} */ v) => Math.floor(v / wide);
    const [west, east] = [at(camera.x - half[0] - corner[0]), at(camera.x + half[0] - corner[0])];
    const [south, north] = [at(camera.y - half[1] - corner[1]), at(camera.y + half[1] - corner[1])];
    const found = [];
    for (let y = Math.max(0, south); y <= Math.min(last, north); y++) {
      for (let x = Math.max(0, west); x <= Math.min(last, east); x++) found.push({ zoom, x, y });
    }
    return found;
  }

  /**
   * Choose what is drawn in the place of a tile: the finest one that is as asked for, else the finest
   * of earlier that shows the same column.
   * @param {Number3} number @param {Map<string, Tile>} drawn @param {boolean} isDrawn
   */
  _use(number, drawn, isDrawn) {
    /** @type {[string, Tile]|null} */
    let earlier = null;
    for (let n = number; ; n = parentOf(n)) {
      const key = keyOf(n);
      const tile = this._touched(key);
      const isNew = tile?.sheet && tile.query === this.query;
      if (n === number && !isNew && !this._hasAll(n)) this.wanted.push(n);
      if (tile?.sheet && tile.column === this.column) earlier ??= [key, tile];
      if (isNew || n.zoom === 0) {
        const found = isNew && tile ? /** @type {[string, Tile]} */ ([key, tile]) : earlier;
        if (isDrawn && found) drawn.set(...found);
        return;
      }
    }
  }

  /** @param {string} key */
  _touched(key) {
    const tile = this.tiles.get(key);
    if (tile) {
      this.tiles.delete(key);
      this.tiles.set(key, tile);
    }
    return tile;
  }

  /** Whether a coarser tile holds all points of this one. @param {Number3} number */
  _hasAll(number) {
    for (let n = number; n.zoom > 0; ) {
      n = parentOf(n);
      const tile = this.tiles.get(keyOf(n));
      if (tile?.sheet && tile.isAll && tile.query === this.query) return true;
    }
    return false;
  }

  _request() {
    while (this.requests < MOST_REQUESTS && this.wanted.length) {
      const number = /** @type {Number3} */ (this.wanted.shift());
      const key = keyOf(number);
      const tile = this.tiles.get(key) ?? { sheet: null, query: "", column: "", isAll: false, isAsked: false };
      if (tile.isAsked) continue;
      this.tiles.set(key, tile);
      this._fetch(number, tile);
    }
  }

  /** @param {Number3} number @param {Tile} tile */
  async _fetch({ zoom, x, y }, tile) {
    const { query, column } = this;
    this.requests++;
    tile.isAsked = true;
    try {
      const answer = await fetch(`tile?z=${zoom}&x=${x}&y=${y}&${query}`);
      if (!answer.ok) throw new Error(`tile ${zoom}/${x}/${y}: ${answer.status}`);
      const content = await answer.arrayBuffer();
      if (query === this.query) this._fill(tile, content, query, column);
    } catch (error) {
      this.handlers.failed(error);
      await new Promise((resolve) => setTimeout(resolve, MS_TO_NEXT_TRY));
    } finally {
      this.requests--;
      tile.isAsked = false;
      this.handlers.redraw();
    }
  }

  /** @param {Tile} tile @param {ArrayBuffer} content @param {string} query @param {string} column */
  _fill(tile, content, query, column) {
    const [count, isAll] = new Uint32Array(content, 0, 2);
    const part = (/** @type {number} */ k) => new Float32Array(content, HEAD_BYTES + 4 * k * count, count);
    const [xs, ys] = [part(0), part(1)];
    const places = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) {
      places[2 * i] = xs[i];
      places[2 * i + 1] = ys[i];
    }
    if (tile.sheet) this.layer.forget(tile.sheet);
    tile.sheet = this.layer.sheetOf(places);
    this.layer.setValues(tile.sheet, part(2));
    Object.assign(tile, { query, column, isAll: isAll === 1 });
  }

  /** @param {Map<string, Tile>} drawn */
  _forgetOld(drawn) {
    for (const [key, tile] of this.tiles) {
      if (this.tiles.size <= MOST_TILES) return;
      if (drawn.has(key) || tile.isAsked) continue;
      this.tiles.delete(key);
      if (tile.sheet) this.layer.forget(tile.sheet);
    }
  }
}

/** @param {Number3} number */
const keyOf = ({ zoom, x, y }) => `${zoom}/${x}/${y}`;

/** @param {Number3} number @returns {Number3} */
const parentOf = ({ zoom, x, y }) => ({ zoom: zoom - 1, x: x >> 1, y: y >> 1 });
