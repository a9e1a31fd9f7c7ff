// Points in square cells: the exact nearest point, points in a circle, a polygon, a strip.

const POINTS_OF_CELL = 2;

/** @typedef {(row: number) => boolean} Test */

export class Grid {
  /**
   * @param {Float64Array} x metres
   * @param {Float64Array} y metres
   */
  constructor(x, y) {
    this.x = x;
    this.y = y;
    let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
    let count = 0;
    for (let i = 0; i < x.length; i++) {
      if (Number.isNaN(x[i] + y[i])) continue;
      west = Math.min(west, x[i]);
      east = Math.max(east, x[i]);
      south = Math.min(south, y[i]);
      north = Math.max(north, y[i]);
      count++;
    }
    if (!count) [west, east, south, north] = [0, 1, 0, 1];
    this.box = { west, east, south, north };
    const area = Math.max(east - west, 1) * Math.max(north - south, 1);
    this.size = Math.sqrt((area * POINTS_OF_CELL) / Math.max(count, 1));
    this.columns = Math.floor((east - west) / this.size) + 1;
    this.rows = Math.floor((north - south) / this.size) + 1;
    this.starts = new Int32Array(this.columns * this.rows + 1);
    this.order = new Int32Array(count);
    this._fill();
  }

  _fill() {
    const { x, y, starts, order } = this;
    const cell = new Int32Array(x.length).fill(-1);
    for (let i = 0; i < x.length; i++) {
      if (Number.isNaN(x[i] + y[i])) continue;
      cell[i] = this._row(y[i]) * this.columns + this._column(x[i]);
      starts[cell[i] + 1]++;
    }
    for (let c = 0; c < starts.length - 1; c++) starts[c + 1] += starts[c];
    const next = starts.slice();
    for (let i = 0; i < x.length; i++) if (cell[i] >= 0) order[next[cell[i]]++] = i;
  }

  /** @param {number} x */
  _column(x) {
    return Math.max(0, Math.min(this.columns - 1, Math.floor((x - this.box.west) / this.size)));
  }

  /** @param {number} y */
  _row(y) {
    return Math.max(0, Math.min(this.rows - 1, Math.floor((y - this.box.south) / this.size)));
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {Test} isWanted
   * @returns {{row: number, distance: number}} row -1: there is none
   */
  nearest(x, y, isWanted) {
    const [column, line] = [this._column(x), this._row(y)];
    let best = -1;
    let least = Infinity;
    const farthest = Math.max(this.columns, this.rows);
    for (let ring = 0; ring <= farthest; ring++) {
      // cells of this ring are at least so far away from the place
      if (best >= 0 && this._outside(x, y, column, line, ring) > Math.sqrt(least)) break;
      this._ring(column, line, ring, (i) => {
        const square = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
        const isNearer = square < least || (square === least && i < best);
        if (isNearer && isWanted(i)) [best, least] = [i, square];
      });
    }
    return { row: best, distance: Math.sqrt(least) };
  }

  /** Give the least distance from a place to what lies outside the rings before this one.
   * @param {number} x @param {number} y @param {number} column @param {number} line
   * @param {number} ring */
  _outside(x, y, column, line, ring) {
    if (ring === 0) return 0;
    const west = this.box.west + (column - ring + 1) * this.size;
    const south = this.box.south + (line - ring + 1) * this.size;
    const wide = (2 * ring - 1) * this.size;
    return Math.max(0, Math.min(x - west, west + wide - x, y - south, south + wide - y));
  }

  /** @param {number} column @param {number} line @param {number} ring
   * @param {(row: number) => void} visit */
  _ring(column, line, ring, visit) {
    for (let r = line - ring; r <= line + ring; r++) {
      if (r < 0 || r >= this.rows) continue;
      const isEdge = Math.abs(r - line) === ring;
      for (let c = column - ring; c <= column + ring; c += isEdge || ring === 0 ? 1 : 2 * ring) {
        if (c < 0 || c >= this.columns) continue;
        const cell = r * this.columns + c;
        for (let k = this.starts[cell]; k < this.starts[cell + 1]; k++) visit(this.order[k]);
      }
    }
  }

  /**
   * Rows whose position lies in a box and passes a test, ascending.
   * @param {number} west @param {number} east @param {number} south @param {number} north
   * @param {Test} isWanted
   */
  inBox(west, east, south, north, isWanted) {
    const found = [];
    for (let r = this._row(south); r <= this._row(north); r++) {
      for (let c = this._column(west); c <= this._column(east); c++) {
        const cell = r * this.columns + c;
        for (let k = this.starts[cell]; k < this.starts[cell + 1]; k++) {
          if (isWanted(this.order[k])) found.push(this.order[k]);
        }
      }
    }
    return Int32Array.from(found).sort();
  }

  /** @param {number} x @param {number} y @param {number} radius @param {Test} isWanted */
  inCircle(x, y, radius, isWanted) {
    const square = radius * radius;
    return this.inBox(x - radius, x + radius, y - radius, y + radius, (i) => {
      return (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2 <= square && isWanted(i);
    });
  }

  /** @param {[number, number][]} corners @param {Test} isWanted */
  inPolygon(corners, isWanted) {
    const [xs, ys] = [corners.map((c) => c[0]), corners.map((c) => c[1])];
    const [west, east] = [Math.min(...xs), Math.max(...xs)];
    const [south, north] = [Math.min(...ys), Math.max(...ys)];
    return this.inBox(west, east, south, north, (i) => {
      return isInside(this.x[i], this.y[i], corners) && isWanted(i);
    });
  }
}

/** @param {number} x @param {number} y @param {[number, number][]} corners */
function isInside(x, y, corners) {
  let inside = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [corners[i], corners[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
