/** What went wrong, as the server tells it (RFC 9457), or as the browser does where none answered. */
export interface FieldError {
  in: string
  field: string
  code: string
  message: string
}

interface Told {
  code?: unknown
  detail?: unknown
  title?: unknown
  remedy?: unknown
  errors?: FieldError[]
  current?: Record<string, unknown>
}

/**
 * A request that did not do what was asked. `status` 0: no answer came (offline, or the server is
 * away). `current`: what stands on the server now, where an edit stood on something older (409).
 */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy: string = '',
    readonly errors: readonly FieldError[] = [],
    readonly current: Record<string, unknown> | null = null,
  ) {
    super(message)
    this.name = 'Problem'
  }

  /** Whether the same request may well succeed in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

/** No answer came. */
export const offline = (): Problem => new Problem(0, 'offline', 'the desk cannot be reached')

/** The problem in a failed answer's body, whatever that is. */
export function problemOf(status: number, body: unknown): Problem {
  const told: Told = typeof body === 'object' && body !== null ? (body as Told) : {}
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return new Problem(
    status,
    text(told.code) || `http_${status}`,
    text(told.detail) || text(told.title) || `the desk answered ${status}`,
    text(told.remedy),
    Array.isArray(told.errors) ? told.errors : [],
    told.current ?? null,
  )
}

/** Any error as a `Problem`. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof DOMException && error.name === 'AbortError')
    return new Problem(0, 'aborted', 'the request was stopped')
  if (error instanceof TypeError) return offline()
  return new Problem(0, 'unexpected', error instanceof Error ? error.message : String(error))
}
