// What the page shows, as pystamps/viewer/payload.py writes it: in the page, or from its server.

import { inflated, unpack16, unpacked32 } from "./packed.js";

const MAGIC = "pySTAMPS viewer 1\n";
export const UNKNOWN_SERIES = -32768;
const UNKNOWN = -2147483648;

/**
 * @typedef {{name: string, unit: string, meaning: string, decimals: number, array: number|null}} ColumnHead
 * @typedef {{name: string, width: number, height: number, array: number, mesh: [number, number], lonlat: number[]}} PictureHead
 * @typedef {{origin: [number, number], corner: [number, number], side: number, west: number, east: number, south: number, north: number}} Streamed
 * @typedef {{title: string, points: number, points_of_the_run: number, dates: string[],
 *   days: number[], reference_column: number, bperp_m: (number|null)[],
 *   pairs: [number, number][],
 *   noise_deg: (number|null)[]|null, weights: number[], about: Record<string, string|number|null>,
 *   columns: ColumnHead[], series: {step_mm: number, parts: {rows: [number, number], array: number}[]},
 *   streamed: Streamed|null, pictures: PictureHead[], tiles: string|null, arrays: [number, number][]}} Head
 * @typedef {{head: Head, columns: Map<string, Float64Array>, series: Int16Array,
 *   greys: Uint8Array[]}} Payload
 */

/** @returns {Promise<Uint8Array>} */
async function contentOfPage() {
  const inside = document.getElementById("points");
  if (inside) {
    const text = atob(inside.textContent ?? "");
    inside.remove();
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }
  const answer = await fetch("points");
  if (!answer.ok) throw new Error(`points: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/**
 * @param {(share: number) => void} progress hears how much is done
 * @returns {Promise<Payload>}
 */
export async function readPayload(progress) {
  const content = await contentOfPage();
  const found = new TextDecoder("latin1").decode(content.subarray(0, MAGIC.length));
  if (found !== MAGIC) throw new Error("these are no points of pySTAMPS");
  const length = new DataView(content.buffer).getUint32(MAGIC.length, true);
  const begin = MAGIC.length + 4;
  /** @type {Head} */
  const head = JSON.parse(new TextDecoder().decode(content.subarray(begin, begin + length)));
  /** @param {number} number */
  const array = (number) => {
    const [at, size] = head.arrays[number];
    return inflated(content.subarray(begin + length + at, begin + length + at + size));
  };
  /** @type {Map<string, Float64Array>} */
  const columns = new Map();
  for (const column of head.columns) {
    if (column.array === null) continue; // the server keeps it
    const scale = 10 ** column.decimals;
    const numbers = unpacked32(await array(column.array));
    columns.set(column.name, Float64Array.from(numbers, (v) => (v === UNKNOWN ? NaN : v / scale)));
  }
  const width = head.dates.length;
  const series = new Int16Array(head.streamed ? 0 : head.points * width);
  for (const part of head.series.parts) {
    const [first, last] = part.rows;
    unpack16(await array(part.array), series.subarray(first * width, last * width), width);
    progress(last / head.points);
  }
  const greys = await Promise.all(head.pictures.map((picture) => array(picture.array)));
  return { head, columns, series, greys };
}
