// Undoes what pystamps/viewer/packed.py does: deflate, planes of bytes, folded signs, differences.

/**
 * @param {Uint8Array} content deflated (zlib)
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function inflated(content) {
  const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (content);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {Uint8Array} planes
 * @returns {Int32Array}
 */
export function unpacked32(planes) {
  const n = planes.length / 4;
  const found = new Int32Array(n);
  let last = 0;
  for (let i = 0; i < n; i++) {
    const folded =
      planes[i] | (planes[n + i] << 8) | (planes[2 * n + i] << 16) | (planes[3 * n + i] << 24);
    last = (last + ((folded >>> 1) ^ -(folded & 1))) | 0;
    found[i] = last;
  }
  return found;
}

/**
 * @param {Uint8Array} planes
 * @param {Int16Array} target rows of the series, one after the other
 * @param {number} width dates of a row
 */
export function unpack16(planes, target, width) {
  const n = target.length;
  for (let begin = 0; begin < n; begin += width) {
    let last = 0;
    for (let i = begin; i < begin + width; i++) {
      const folded = planes[i] | (planes[n + i] << 8);
      last += (folded >>> 1) ^ -(folded & 1);
      target[i] = last;
      last = target[i];
    }
  }
}
