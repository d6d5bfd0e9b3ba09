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
  id?: unknown
  errors?: FieldError[]
  current?: Record<string, unknown>
}

/** `waitSeconds`: after how long it is worth to ask again; `reference`: its number in the log. */
export interface ProblemMore {
  waitSeconds?: number
  reference?: string
  /** All that the answer said, for what knows more than words of it (`problems`, `figures`). */
  told?: Readonly<Record<string, unknown>>
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
    readonly more: ProblemMore = {},
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
export function problemOf(status: number, body: unknown, headers?: Headers): Problem {
  const told: Told = typeof body === 'object' && body !== null ? (body as Told) : {}
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const wait = Number(headers?.get('retry-after') ?? Number.NaN)
  return new Problem(
    status,
    text(told.code) || `http_${status}`,
    text(told.detail) || text(told.title) || `the desk answered ${status}`,
    text(told.remedy),
    Array.isArray(told.errors) ? told.errors : [],
    told.current ?? null,
    {
      ...(Number.isFinite(wait) && wait > 0 ? { waitSeconds: wait } : {}),
      ...(text(told.id) ? { reference: text(told.id) } : {}),
      told: told as Record<string, unknown>,
    },
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
