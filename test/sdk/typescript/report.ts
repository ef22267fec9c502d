declare const process: { argv: string[] }

/** What the test hands over: origin, study, index, id of no study. */
export function argument (n: number): string {
  const value = process.argv[2 + n]
  if (value === undefined) throw new Error(`argument ${n} is missing`)
  return value
}

interface ProblemFacts { type: string, status: number, title: string, detail: string }

/** Tell the test what the client saw. */
export async function print (annotated: string[], bytes: ArrayBuffer, headers: Headers, problem: ProblemFacts): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const shape = headers.get('Array-Shape')?.split(',').map(Number)
  const { type, status, title, detail } = problem
  console.log(JSON.stringify({ annotated, slice: { dtype: headers.get('Array-Dtype'), shape, bytes: bytes.byteLength, sha256 }, problem: { type, status, title, detail } }))
}
