/** The one way to the server: typed by its OpenAPI description, signed with the session's token. */
import createClient from 'openapi-fetch'
import { asProblem, problemOf, type Problem } from './problem'
import type { components, paths } from './schema'

/** A type of the server's description, e.g. `Shape<'ClaimShown'>`. */
export type Shape<Name extends keyof components['schemas']> = components['schemas'][Name]

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
const SIGN_IN = '/api/session'

/** Asked when the session is over; resolves once somebody has signed in again. */
type Reauthenticate = () => Promise<void>

const session: { csrf: string; reauthenticate: Reauthenticate | null } = {
  csrf: '',
  reauthenticate: null,
}

/** What unsafe requests carry from now on; empty: nobody is signed in. */
export function useCsrf(token: string): void {
  session.csrf = token
}

/** The header of unsafe requests, for what is sent without this client. */
export const csrfHeader = (): Record<string, string> =>
  session.csrf ? { 'X-CSRF-Token': session.csrf } : {}

/** Set by whoever can let somebody sign in again without leaving the page. */
export function whenSessionEnds(reauthenticate: Reauthenticate | null): void {
  session.reauthenticate = reauthenticate
}

/**
 * `fetch` to the server: with the session's token; after a 401 it waits until somebody has signed
 * in again and asks once more, so that nothing typed is lost. Rejects with a `Problem` where no
 * answer came.
 */
export async function send(request: Request): Promise<Response> {
  const again = session.reauthenticate && !isSignIn(request) ? request.clone() : null
  const response = await attempt(request)
  if (response.status !== 401 || again === null || session.reauthenticate === null) return response
  await session.reauthenticate()
  return attempt(again)
}

async function attempt(request: Request): Promise<Response> {
  if (!SAFE.has(request.method))
    for (const [name, value] of Object.entries(csrfHeader())) request.headers.set(name, value)
  try {
    return await fetch(request)
  } catch (error) {
    throw asProblem(error)
  }
}

const isSignIn = (request: Request): boolean => new URL(request.url).pathname === SIGN_IN

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: send })

interface Answered<Data> {
  data?: Data
  error?: unknown
  response: Response
}

/** The data of an answer; throws a `Problem` for one that failed. */
export async function told<Data>(
  asked: Promise<Answered<Data>>,
): Promise<Exclude<Data, undefined>> {
  const { data, error, response } = await asked
  if (!response.ok) throw problemOf(response.status, error, response.headers)
  return data as Exclude<Data, undefined>
}

/** Data and its version: what an edit sends back as `If-Match`. */
export async function toldWithVersion<Data>(
  asked: Promise<Answered<Data>>,
): Promise<{ data: Exclude<Data, undefined>; etag: string }> {
  const answered = await asked
  const data = await told(Promise.resolve(answered))
  return { data, etag: answered.response.headers.get('etag') ?? '' }
}

/** The problem in a failed answer of `send`. */
export async function problemIn(response: Response): Promise<Problem> {
  return problemOf(response.status, await response.json().catch(() => null), response.headers)
}

/** An `Idempotency-Key` for one thing somebody does, however often it is sent. */
export const onceKey = (): string => `web-${crypto.randomUUID()}`
