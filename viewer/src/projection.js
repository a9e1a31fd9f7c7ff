// The local metric coordinates of StaMPS (pystamps/geo.py: llh2local), metres; polyconic projection.

const SEMI_MAJOR_AXIS = 6378137.0;
const ECCENTRICITY = 0.0820944379497; // as StaMPS takes it
const E2 = ECCENTRICITY ** 2;
const RADIAN = Math.PI / 180;

/** @param {number} lat radian */
function meridianArc(lat) {
  const e4 = E2 * E2;
  const e6 = e4 * E2;
  return (
    SEMI_MAJOR_AXIS *
    ((1 - E2 / 4 - (3 * e4) / 64 - (5 * e6) / 256) * lat -
      ((3 * E2) / 8 + (3 * e4) / 32 + (45 * e6) / 1024) * Math.sin(2 * lat) +
      ((15 * e4) / 256 + (45 * e6) / 1024) * Math.sin(4 * lat) -
      ((35 * e6) / 3072) * Math.sin(6 * lat))
  );
}

/**
 * @param {number} lon degrees
 * @param {number} lat degrees
 * @param {[number, number]} origin longitude and latitude, degrees
 * @returns {[number, number]} east and north, metres
 */
export function toLocal(lon, lat, origin) {
  let east = (lon - origin[0]) * RADIAN;
  if (Math.abs(east) > Math.PI) east -= Math.sign(east) * 2 * Math.PI;
  const phi = lat * RADIAN;
  const north = meridianArc(phi) - meridianArc(origin[1] * RADIAN);
  if (phi === 0) return [SEMI_MAJOR_AXIS * east, north];
  const cot = SEMI_MAJOR_AXIS / Math.sqrt(1 - E2 * Math.sin(phi) ** 2) / Math.tan(phi);
  const turn = east * Math.sin(phi);
  return [cot * Math.sin(turn), north + cot * (1 - Math.cos(turn))];
}

/**
 * The inverse, by correcting a guess until it fits to a millimetre.
 * @param {number} x metres
 * @param {number} y metres
 * @param {[number, number]} origin
 * @returns {[number, number]} longitude and latitude, degrees
 */
export function toLonLat(x, y, origin) {
  let [lon, lat] = origin;
  for (let step = 0; step < 50; step++) {
    const [east, north] = toLocal(lon, lat, origin);
    lat = Math.max(-89.9, Math.min(89.9, lat + (y - north) / (SEMI_MAJOR_AXIS * RADIAN)));
    lon += (x - east) / (SEMI_MAJOR_AXIS * RADIAN * Math.cos(lat * RADIAN));
    if (Math.abs(x - east) + Math.abs(y - north) < 1e-3) break;
  }
  return [lon, lat];
}
