/** Time and chance as the engine sees them: the process's own, or a simulation's. No row depends on either. */
export interface Clock {
  /** Unix ms. May jump. */
  wallMs(): number;
  /** Ms since some moment; never goes back. */
  monotonicMs(): number;
  /** Calls `action` once, `ms` from now, unless the function returned is called before. */
  after(ms: number, action: () => void): () => void;
  /** Calls `action` every `ms` until the function returned is called. */
  every(ms: number, action: () => void): () => void;
  /** In [0, 1). */
  random(): number;
}

export const SYSTEM_CLOCK: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, action) => {
    const timer = setInterval(action, ms);
    return () => clearInterval(timer);
  },
  random: () => Math.random(),
};
