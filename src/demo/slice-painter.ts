/** A straight piece of tube, ends and radius in patient mm; x to the left, y to the front, z up. */
export interface Tube { a: Point, b: Point, radius: number }
export type Point = readonly [x: number, y: number, z: number]
/** A bar with round ends, in the plane of a slice. */
export interface Bar { ax: number, ay: number, bx: number, by: number, radius: number }

/** Where the pixels of a slice lie, in patient mm. */
export interface Raster {
  columns: number
  rows: number
  /** mm between pixels, in both directions */
  pixel: number
  /** mm of the patient that one slice averages */
  thickness: number
  /** pixels between the nodes of a coarse field */
  step: number
}

type Paint = (at: number, share: number, row: number, column: number) => void

/**
 * One axial slice being painted, in HU. Big organs are coarse fields (signed distances on every `step`-th pixel,
 * positive inside), thin things are tubes and bars. Later paint covers earlier paint. Tubes are weighted by the part of
 * the slice's thickness they fill: partial volume.
 */
export class SlicePainter {
  readonly hu: Float32Array
  readonly nodesX: number
  readonly nodesY: number
  /** per pixel: the part of the slice's thickness that the current tubes take up, from `low` to `high`, and how solidly */
  readonly #low: Float32Array
  readonly #high: Float32Array
  readonly #solid: Float32Array

  constructor (readonly raster: Raster) {
    this.hu = new Float32Array(raster.columns * raster.rows)
    this.#low = new Float32Array(this.hu.length)
    this.#high = new Float32Array(this.hu.length)
    this.#solid = new Float32Array(this.hu.length)
    this.nodesX = Math.ceil(raster.columns / raster.step) + 1
    this.nodesY = Math.ceil(raster.rows / raster.step) + 1
  }

  x (column: number): number { return (column - (this.raster.columns - 1) / 2) * this.raster.pixel }
  y (row: number): number { return (row - (this.raster.rows - 1) / 2) * this.raster.pixel }

  /** A coarse field from a function of patient mm and the node's number. */
  field (distance: (x: number, y: number, node: number) => number): Float32Array {
    const field = new Float32Array(this.nodesX * this.nodesY)
    for (let v = 0, at = 0; v < this.nodesY; v++) {
      const y = this.y(v * this.raster.step)
      for (let u = 0; u < this.nodesX; u++, at++) field[at] = distance(this.x(u * this.raster.step), y, at)
    }
    return field
  }

  /** Fill the inside of a coarse field; the edge fades over 2 * soft of the field's units. */
  fill (field: Float32Array, hu: number, soft = 0.6): void {
    const { columns } = this.raster
    const slice = this.hu
    this.#sweep(field, soft, (at, share) => { slice[at]! += share * (hu - slice[at]!) }, (top, bottom, left, right) => {
      for (let row = top; row < bottom; row++) {
        const end = row * columns + right
        for (let at = row * columns + left; at < end; at++) slice[at] = hu
      }
    })
  }

  /** Call `paint` for every pixel that the field covers, with the share covered, 0 < share <= 1. */
  cover (field: Float32Array, soft: number, paint: Paint): void {
    const { columns } = this.raster
    this.#sweep(field, soft, paint, (top, bottom, left, right) => {
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) paint(row * columns + column, 1, row, column)
      }
    })
  }

  /** Call `paint` along the line where the field is zero: share 1 on it, falling to 0 at `reach` of the field's units. */
  line (field: Float32Array, reach: number, paint: (at: number, share: number) => void): void {
    this.#sweep(field, reach, (at, share) => {
      const near = 1 - Math.abs(2 * share - 1)
      if (near > 0) paint(at, near)
    }, () => {})
  }

  /** Visit the cells between nodes: `whole` for fully covered cells, `edge` for each pixel of those covered in part. */
  #sweep (field: Float32Array, soft: number, edge: Paint, whole: (top: number, bottom: number, left: number, right: number) => void): void {
    const { columns, rows, step } = this.raster
    for (let v = 0; v < this.nodesY - 1; v++) {
      const bottom = Math.min(rows, (v + 1) * step)
      for (let u = 0; u < this.nodesX - 1; u++) {
        const node = v * this.nodesX + u
        const f00 = field[node]!
        const f10 = field[node + 1]!
        const f01 = field[node + this.nodesX]!
        const f11 = field[node + this.nodesX + 1]!
        if (f00 <= -soft && f10 <= -soft && f01 <= -soft && f11 <= -soft) continue
        const right = Math.min(columns, (u + 1) * step)
        if (f00 >= soft && f10 >= soft && f01 >= soft && f11 >= soft) {
          whole(v * step, bottom, u * step, right)
          continue
        }
        for (let row = v * step; row < bottom; row++) {
          const t = (row - v * step) / step
          const left = f00 + (f01 - f00) * t
          const slope = (f10 + (f11 - f10) * t - left) / step
          for (let column = u * step; column < right; column++) {
            const share = 0.5 + (left + slope * (column - u * step)) / (2 * soft)
            if (share > 0) edge(row * columns + column, share < 1 ? share : 1, row, column)
          }
        }
      }
    }
  }

  /** Paint tubes of one material where they meet the slice centred at `z` mm. */
  tubes (tubes: readonly Tube[], z: number, hu: number): void {
    const touched = { top: this.raster.rows, bottom: -1, left: this.raster.columns, right: -1 }
    for (const tube of tubes) this.#addTube(tube, z, touched)
    for (let row = touched.top; row <= touched.bottom; row++) {
      for (let column = touched.left; column <= touched.right; column++) {
        const at = row * this.raster.columns + column
        const solid = this.#solid[at]!
        if (solid === 0) continue
        this.hu[at]! += solid * (this.#high[at]! - this.#low[at]!) / this.raster.thickness * (hu - this.hu[at]!)
        this.#solid[at] = 0
      }
    }
  }

  /**
   * Find the part of the slice's thickness that lies in the tube, pixel by pixel. The vertical line through a pixel
   * meets the cylinder |w|^2 - (w . u)^2 <= r^2 between the two roots of a quadratic in its height, limited by the
   * tube's ends; the balls that round those ends add to it. Together they form one span.
   */
  #addTube ({ a, b, radius }: Tube, z: number, touched: Box): void {
    const { columns, rows, pixel, thickness } = this.raster
    const floor = z - thickness / 2
    const roof = z + thickness / 2
    if (Math.max(a[2], b[2]) + radius < floor || Math.min(a[2], b[2]) - radius > roof) return
    // A tube thinner than a pixel is painted one pixel wide and weaker.
    const r = Math.max(radius, 0.55 * pixel)
    const solid = (radius / r) ** 2
    const length = Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]) || 1e-6
    const ux = (b[0] - a[0]) / length
    const uy = (b[1] - a[1]) / length
    const uz = (b[2] - a[2]) / length
    const across = Math.max(1e-9, 1 - uz * uz)
    const from = Math.max(0, this.#column(Math.min(a[0], b[0]) - r))
    const to = Math.min(columns - 1, this.#column(Math.max(a[0], b[0]) + r) + 1)
    const first = Math.max(0, this.#row(Math.min(a[1], b[1]) - r))
    const last = Math.min(rows - 1, this.#row(Math.max(a[1], b[1]) + r) + 1)
    for (let row = first; row <= last; row++) {
      const ay = this.y(row) - a[1]
      const by = this.y(row) - b[1]
      for (let column = from; column <= to; column++) {
        const ax = this.x(column) - a[0]
        const bx = this.x(column) - b[0]
        const along = ax * ux + ay * uy
        const root = along * along * uz * uz - across * (ax * ax + ay * ay - along * along - r * r)
        const ballA = r * r - ax * ax - ay * ay
        const ballB = r * r - bx * bx - by * by
        if (root <= 0 && ballA <= 0 && ballB <= 0) continue
        let low = Infinity
        let high = -Infinity
        if (root > 0) {
          const middle = along * uz
          let bottom = (middle - Math.sqrt(root)) / across
          let top = (middle + Math.sqrt(root)) / across
          if (Math.abs(uz) < 1e-6) {
            if (along < 0 || along > length) top = -Infinity
          } else {
            bottom = Math.max(bottom, (uz > 0 ? -along : length - along) / uz)
            top = Math.min(top, (uz > 0 ? length - along : -along) / uz)
          }
          if (top > bottom) {
            low = a[2] + bottom
            high = a[2] + top
          }
        }
        if (ballA > 0) {
          low = Math.min(low, a[2] - Math.sqrt(ballA))
          high = Math.max(high, a[2] + Math.sqrt(ballA))
        }
        if (ballB > 0) {
          low = Math.min(low, b[2] - Math.sqrt(ballB))
          high = Math.max(high, b[2] + Math.sqrt(ballB))
        }
        low = Math.max(low, floor)
        high = Math.min(high, roof)
        if (high > low) this.#addSpan(row * columns + column, low, high, solid)
      }
    }
    touched.top = Math.min(touched.top, first)
    touched.bottom = Math.max(touched.bottom, last)
    touched.left = Math.min(touched.left, from)
    touched.right = Math.max(touched.right, to)
  }

  #addSpan (at: number, low: number, high: number, solid: number): void {
    const before = this.#solid[at]!
    this.#low[at] = before === 0 ? low : Math.min(low, this.#low[at]!)
    this.#high[at] = before === 0 ? high : Math.max(high, this.#high[at]!)
    this.#solid[at] = Math.max(solid, before)
  }

  /** Paint bone: the union of bars, with a bright shell `cortex` mm thick around the marrow. */
  bone (bars: readonly Bar[], cortex: number, cortexHu: number, marrowHu: number): void {
    const live = bars.filter(({ radius }) => radius > 0.3)
    if (live.length === 0) return
    const { columns, rows, pixel } = this.raster
    const reach = Math.max(...live.map(({ radius }) => radius)) + pixel
    const first = Math.max(0, this.#row(Math.min(...live.map(({ ay, by }) => Math.min(ay, by))) - reach))
    const last = Math.min(rows - 1, this.#row(Math.max(...live.map(({ ay, by }) => Math.max(ay, by))) + reach) + 1)
    const from = Math.max(0, this.#column(Math.min(...live.map(({ ax, bx }) => Math.min(ax, bx))) - reach))
    const to = Math.min(columns - 1, this.#column(Math.max(...live.map(({ ax, bx }) => Math.max(ax, bx))) + reach) + 1)
    for (let row = first; row <= last; row++) {
      for (let column = from; column <= to; column++) {
        const depth = depthIn(live, this.x(column), this.y(row))
        const share = Math.min(1, 0.5 + depth / pixel)
        if (share <= 0) continue
        const inner = Math.min(1, Math.max(0, 0.5 + (depth - cortex) / 1.2))
        const at = row * columns + column
        this.hu[at]! += share * (cortexHu + inner * (marrowHu - cortexHu) - this.hu[at]!)
      }
    }
  }

  #column (x: number): number { return Math.floor(x / this.raster.pixel + (this.raster.columns - 1) / 2) }
  #row (y: number): number { return Math.floor(y / this.raster.pixel + (this.raster.rows - 1) / 2) }
}

interface Box { top: number, bottom: number, left: number, right: number }

function depthIn (bars: readonly Bar[], x: number, y: number): number {
  let depth = -Infinity
  for (const { ax, ay, bx, by, radius } of bars) {
    const dx = bx - ax
    const dy = by - ay
    const square = dx * dx + dy * dy
    const t = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square))
    const gap = radius - Math.sqrt((x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2)
    if (gap > depth) depth = gap
  }
  return depth
}
