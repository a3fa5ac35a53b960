/** Geometry of outlines: convex hulls, polygons of four sides, lines fitted to points. */

import type { Point } from "../pixels/image";

/** A point and the direction of a line. */
export type Straight = readonly [Point, Point];

export function area(polygon: readonly Point[]): number {
  let sum = 0;
  polygon.forEach(([x, y], k) => {
    const [u, v] = polygon[(k + 1) % polygon.length];
    sum += x * v - u * y;
  });
  return Math.abs(sum) / 2;
}

/** Convex hull, clockwise on the page (Andrew's monotone chain). */
export function hullOf(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  const turn = (o: Point, a: Point, b: Point): number => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const chain = (list: readonly Point[]): Point[] => {
    const kept: Point[] = [];
    for (const point of list) {
      while (kept.length > 1 && turn(kept[kept.length - 2], kept[kept.length - 1], point) <= 0) kept.pop();
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  return [...chain(sorted), ...chain(sorted.reverse())];
}

/** Intersection of two lines; null if they are parallel. */
export function crossing([p, u]: Straight, [q, v]: Straight): Point | null {
  const cross = u[0] * v[1] - u[1] * v[0];
  if (Math.abs(cross) < 1e-9) return null;
  const along = ((q[0] - p[0]) * v[1] - (q[1] - p[1]) * v[0]) / cross;
  return [p[0] + along * u[0], p[1] + along * u[1]];
}

function less(p: Point, q: Point): Point {
  return [p[0] - q[0], p[1] - q[1]];
}

function dot(p: Point, q: Point): number {
  return p[0] * q[0] + p[1] * q[1];
}

/**
 * Reduce a convex polygon to four sides: repeatedly remove the side that adds least area when its neighbours are
 * extended until they meet. Empty if that is impossible.
 */
export function fourSided(hull: readonly Point[]): Point[] {
  let polygon = [...hull];
  while (polygon.length > 4) {
    let [best, added]: [number, number] = [-1, Infinity];
    let place: Point = [0, 0];
    const n = polygon.length;
    for (let k = 0; k < n; k++) {
      const [a, b, c, d] = [polygon[(k + n - 1) % n], polygon[k], polygon[(k + 1) % n], polygon[(k + 2) % n]];
      const meet = crossing([a, less(b, a)], [d, less(c, d)]);
      if (!meet || dot(less(meet, b), less(b, a)) <= 0 || dot(less(meet, c), less(c, d)) <= 0) continue;
      const grown = area([b, meet, c]);
      if (grown < added) [best, added, place] = [k, grown, meet];
    }
    if (best < 0) return [];
    polygon[best] = place;
    polygon = polygon.filter((_, k) => k !== (best + 1) % n);
  }
  return polygon;
}

/** The line through the outline's points along one side, without its ends; it runs half a fine pixel further out. */
export function sideLine(start: Point, end: Point, points: readonly Point[], fine: number): Straight {
  const length = Math.max(Math.hypot(...less(end, start)), 1e-6);
  const along: Point = [(end[0] - start[0]) / length, (end[1] - start[1]) / length];
  const rim: Point = [(along[1] * 0.5) / fine, (-along[0] * 0.5) / fine];
  const near = points.filter((point) => {
    const offset = less(point, start);
    const place = dot(offset, along) / length;
    const away = Math.abs(dot(offset, [-along[1], along[0]]));
    return place > 0.1 && place < 0.9 && away < 1.5 + 0.03 * length;
  });
  if (near.length < 3 * fine) return [[start[0] + rim[0], start[1] + rim[1]], along];
  const [point, direction] = lineThrough(near);
  return [[point[0] + rim[0], point[1] + rim[1]], direction];
}

/** Total least squares, with Huber's weights so that stray points count little. */
function lineThrough(points: readonly Point[]): Straight {
  let weights = points.map(() => 1);
  let centre: Point = [0, 0];
  let direction: Point = [1, 0];
  for (let pass = 0; pass < 12; pass++) {
    const total = weights.reduce((sum, w) => sum + w, 0);
    centre = [
      points.reduce((sum, p, k) => sum + weights[k] * p[0], 0) / total,
      points.reduce((sum, p, k) => sum + weights[k] * p[1], 0) / total,
    ];
    let [xx, yy, xy] = [0, 0, 0];
    points.forEach((p, k) => {
      const [dx, dy] = less(p, centre);
      xx += weights[k] * dx * dx;
      yy += weights[k] * dy * dy;
      xy += weights[k] * dx * dy;
    });
    const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
    direction = [Math.cos(angle), Math.sin(angle)];
    weights = points.map((p) => {
      const away = Math.abs(dot(less(p, centre), [-direction[1], direction[0]]));
      return away < 1.345 ? 1 : 1.345 / away;
    });
  }
  return [centre, direction];
}
