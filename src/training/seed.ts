/**
 * The text that the hashes of a shuffle begin with: the seed, and of a later epoch `{seed}.{epoch}`. Epoch 0 is the order
 * without an epoch, so a job that begins to count epochs keeps its first one.
 */
export function seedText (seed: number, epoch = 0): string {
  return epoch === 0 ? String(seed) : `${seed}.${epoch}`
}
