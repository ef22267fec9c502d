/**
 * The prefix of a shuffle's hashes: the seed, or `{seed}.{epoch}` from epoch 1 on. Epoch 0 has the order of no epoch, so
 * a job that starts to count epochs keeps its first order.
 */
export function seedText (seed: number, epoch = 0): string {
  return epoch === 0 ? String(seed) : `${seed}.${epoch}`
}
