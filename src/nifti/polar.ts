/** A 3 x 3 matrix as its three columns. */
type Columns = [number[], number[], number[]]

const dot = (a: readonly number[], b: readonly number[]) => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!

/** One sweep visits each pair of columns; three columns converge in about five sweeps. */
const MOST_SWEEPS = 30

/**
 * The orthogonal factor of a 3 x 3 matrix: U Vᵀ of its singular value decomposition U S Vᵀ, over the singular values
 * that are not zero. For an invertible matrix it is the nearest matrix without shears and zooms; a direction that a
 * singular matrix lacks stays zero.
 *
 * @param columns  the matrix by columns; finite; not modified
 * @returns        the factor by columns
 * @see Golub & Van Loan, Matrix Computations, 8.6.3 (one-sided Jacobi); nibabel `io_orientation`, which takes LAPACK's
 *      SVD and the same tolerance
 */
export function orthogonalFactor (columns: Columns): Columns {
  const us: Columns = [[...columns[0]], [...columns[1]], [...columns[2]]]
  const v: Columns = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    const turned = [orthogonalise(us, v, 0, 1), orthogonalise(us, v, 0, 2), orthogonalise(us, v, 1, 2)]
    if (!turned.includes(true)) break
  }
  const s = us.map((column) => Math.sqrt(dot(column, column)))
  const tolerance = Math.max(...s) * 3 * Number.EPSILON
  const factor: Columns = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
  for (let n = 0; n < 3; n++) {
    if (!(s[n]! > tolerance)) continue
    for (let column = 0; column < 3; column++) {
      for (let row = 0; row < 3; row++) factor[column]![row]! += us[n]![row]! / s[n]! * v[n]![column]!
    }
  }
  return factor
}

/** Rotate columns p and q of U S, and of V, until those of U S are at right angles; false when they already were. */
function orthogonalise (us: Columns, v: Columns, p: number, q: number): boolean {
  const along = dot(us[p]!, us[q]!)
  const pp = dot(us[p]!, us[p]!)
  const qq = dot(us[q]!, us[q]!)
  if (Math.abs(along) <= Number.EPSILON / 4 * Math.sqrt(pp * qq)) return false
  const zeta = (qq - pp) / (2 * along)
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
  const cosine = 1 / Math.sqrt(1 + tangent * tangent)
  const sine = cosine * tangent
  for (const matrix of [us, v]) {
    for (let row = 0; row < 3; row++) {
      const [x, y] = [matrix[p]![row]!, matrix[q]![row]!]
      matrix[p]![row] = cosine * x - sine * y
      matrix[q]![row] = sine * x + cosine * y
    }
  }
  return true
}
