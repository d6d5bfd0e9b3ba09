/** How long to wait before the next attempt: longer each time, never for long. Pure. */
const FIRST_MS = 1_000
const LAST_MS = 30_000

/** asked: the seconds that the desk asked for. */
export const waitMs = (failures: number, asked?: number): number =>
  asked ? asked * 1_000 : Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(Math.max(failures - 1, 0), 10))
