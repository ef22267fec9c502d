/**
 * Run contenders in turn, A B C, A B C, …: whatever else the machine does in a minute weighs on all of them.
 *
 * @returns each contender's results, one per round; contenders that are undefined (not installed) give none
 */
export async function interleaved<Names extends string, Result> (
  rounds: number,
  contenders: Record<Names, ((round: number) => Promise<Result>) | undefined>
): Promise<Record<Names, Result[]>> {
  const entries = Object.entries(contenders) as Array<[Names, ((round: number) => Promise<Result>) | undefined]>
  const results = Object.fromEntries(entries.map(([name]) => [name, [] as Result[]])) as Record<Names, Result[]>
  for (let round = 0; round < rounds; round++) {
    for (const [name, contender] of entries) {
      if (contender !== undefined) results[name].push(await contender(round))
    }
  }
  return results
}
