/** The request that waits for voxels, and its deadline. */
export interface Caller {
  /** the client's: when it fires, this wait ends with ClientGone; work that other callers share goes on */
  signal?: AbortSignal | undefined
  /**
   * Until when (`performance.now()`) to wait while the service is at its limit. Absent: a short default, so that a refusal
   * comes early. `Infinity`: the answer's first bytes have left, so an error can no longer be sent.
   */
  until?: number
}

/** The caller after the first bytes of its answer have left: it waits without a deadline. */
export function onceBegun ({ signal }: Caller): Caller {
  return { signal, until: Infinity }
}
