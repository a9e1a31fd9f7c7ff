// The part of the address after # says where one looks: place, scale, column, date, points.

/**
 * @typedef {{lon?: number, lat?: number, scale?: number, column?: string, date?: string,
 *   ids?: number[]}} View
 */

/** @param {View} view */
export function hashOf(view) {
  const parts = [];
  if (view.lon !== undefined && view.lat !== undefined) {
    parts.push(`lon=${view.lon.toFixed(6)}`, `lat=${view.lat.toFixed(6)}`);
  }
  if (view.scale) parts.push(`scale=${Number(view.scale.toPrecision(4))}`);
  if (view.column) parts.push(`column=${encodeURIComponent(view.column)}`);
  if (view.date) parts.push(`date=${view.date}`);
  if (view.ids?.length) parts.push(`points=${view.ids.join(",")}`);
  return `#${parts.join("&")}`;
}

/** @param {string} hash @returns {View} */
export function viewOf(hash) {
  const found = new URLSearchParams(hash.replace(/^#/, ""));
  /** @param {string} name */
  const number = (name) => {
    const value = Number(found.get(name) ?? NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  const ids = (found.get("points") ?? "").split(",").filter(Boolean).map(Number);
  return {
    lon: number("lon"),
    lat: number("lat"),
    scale: number("scale"),
    column: found.get("column") ?? undefined,
    date: found.get("date") ?? undefined,
    ids: ids.filter(Number.isInteger),
  };
}
