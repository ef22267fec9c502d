/** Who waits for voxels, and for how long. */
export interface Caller {
  /** the client's: when it fires the wait ends with ClientGone; what others wait for too goes on */
  signal?: AbortSignal | undefined
  /**
   * Until when (`performance.now()`) to wait where the service is at its limit. Absent: a moment, so that the refusal
   * comes soon. `Infinity`: the first bytes of the answer have left, so there is nothing else to say any more.
   */
  until?: number
}

/** The caller once the first bytes of its answer have left. */
export function onceBegun ({ signal }: Caller): Caller {
  return { signal, until: Infinity }
}
