// Map tiles of a server in the web-Mercator scheme z/x/y: only where the page names one, and only
// after somebody has chosen them.

/** @typedef {import("./backdrop.js").Backdrop} Backdrop */
/** @typedef {import("./backdrop.js").Picture} Picture */
/** @typedef {import("./gl.js").Camera} Camera */
/** @typedef {[number, number]} Place */

const EQUATOR_M = 40_075_016.7;
const PIXELS = 256;
const LARGEST_ZOOM = 19;
const MOST_TILES = 160;
const NODES = 5;
const RADIAN = Math.PI / 180;

export class WebTiles {
  /**
   * @param {string} template address with {z}, {x}, {y} @param {Backdrop} backdrop
   * @param {{local: (lon: number, lat: number) => Place, lonlat: (x: number, y: number) => Place,
   *   size: () => Place, redraw: () => void}} map
   */
  constructor(template, backdrop, map) {
    this.template = template;
    this.backdrop = backdrop;
    this.map = map;
    /** The ones used last stand last; null: asked for. @type {Map<string, Picture|null>} */
    this.tiles = new Map();
  }

  /** @param {Camera} camera @returns {Picture[]} */
  pictures(camera) {
    const [width, height] = this.map.size();
    const half = [(width / 2) * camera.metresPerPixel, (height / 2) * camera.metresPerPixel];
    const [west, south] = this.map.lonlat(camera.x - half[0], camera.y - half[1]);
    const [east, north] = this.map.lonlat(camera.x + half[0], camera.y + half[1]);
    const wanted = zoomOf(camera.metresPerPixel, (south + north) / 2);
    const [first, last] = [tileOf(west, north, wanted), tileOf(east, south, wanted)];
    const found = [];
    for (let y = first[1]; y <= last[1]; y++) {
      for (let x = first[0]; x <= last[0]; x++) {
        const picture = this._tile(wanted, x, y);
        if (picture) found.push(picture);
      }
    }
    this._forgetOld();
    return found;
  }

  /** @param {number} z @param {number} x @param {number} y */
  _tile(z, x, y) {
    const key = `${z}/${x}/${y}`;
    const known = this.tiles.get(key);
    if (known === undefined) this._ask(key, z, x, y);
    else {
      this.tiles.delete(key);
      this.tiles.set(key, known);
    }
    return known;
  }

  /** @param {string} key @param {number} z @param {number} x @param {number} y */
  _ask(key, z, x, y) {
    this.tiles.set(key, null);
    const image = new Image();
    image.crossOrigin = "anonymous";
    image.onload = () => {
      const nodes = [];
      for (let r = 0; r < NODES; r++) {
        for (let c = 0; c < NODES; c++) {
          nodes.push(this.map.local(...cornerOf(z, x + c / (NODES - 1), y + r / (NODES - 1))));
        }
      }
      const picture = this.backdrop.pictureOf(nodes, NODES, NODES, (gl) => {
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, image);
      }, false);
      this.tiles.set(key, picture);
      this.map.redraw();
    };
    const words = this.template.replace("{z}", String(z)).replace("{x}", String(x));
    image.src = words.replace("{y}", String(y));
  }

  _forgetOld() {
    for (const [key, picture] of this.tiles) {
      if (this.tiles.size <= MOST_TILES) return;
      this.tiles.delete(key);
      if (picture) this.backdrop.forget(picture);
    }
  }
}

/** @param {number} metresPerPixel @param {number} lat degrees */
export function zoomOf(metresPerPixel, lat) {
  const wide = (EQUATOR_M * Math.cos(lat * RADIAN)) / (PIXELS * metresPerPixel);
  return Math.max(0, Math.min(LARGEST_ZOOM, Math.round(Math.log2(wide))));
}

/** @param {number} lon @param {number} lat @param {number} z @returns {Place} column and row */
export function tileOf(lon, lat, z) {
  const n = 2 ** z;
  const inside = (/** @type {number} */ v) => Math.max(0, Math.min(n - 1, Math.floor(v)));
  const y = (1 - Math.asinh(Math.tan(lat * RADIAN)) / Math.PI) / 2;
  return [inside(((lon + 180) / 360) * n), inside(y * n)];
}

/** North-west corner. @param {number} z @param {number} x @param {number} y @returns {Place} */
export function cornerOf(z, x, y) {
  const n = 2 ** z;
  return [(x / n) * 360 - 180, Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / n))) / RADIAN];
}
