/** The desk's side of a draft: files sent one by one, read in the background. */
import { api, csrfHeader, problemIn, send, told, type Shape } from '@/api/client'
import { offline, problemOf } from '@/api/problem'

export interface UploadPage {
  file_at: number
  page: number
  width: number
  height: number
  href: string
}

export interface UploadShown {
  id: string
  name: string
  media: string
  bytes: number
  sha256: string
  /** The claim in which the desk saw these bytes before; its id for the submitter's own alone. */
  seen: { claim: string | null; own: boolean } | null
  reading: { state: 'waiting' | 'done' | 'failed'; files: Shape<'FileReading'>[] } | null
  pages?: UploadPage[]
}

const UPLOADS = '/api/uploads'
const at = (id: string): string => `${window.location.origin}${UPLOADS}/${encodeURIComponent(id)}`

async function toldBy<Data>(request: Request): Promise<Data> {
  const response = await send(request)
  if (!response.ok) throw await problemIn(response)
  return (await response.json()) as Data
}

/**
 * Send one file, telling the share that is on its way; the browser's `fetch` cannot. A session
 * that is over is renewed by a question that asks for it, then the file is sent once more.
 */
export async function sendFile(
  file: Blob,
  name: string,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<UploadShown> {
  const first = await attempt(file, name, progress, signal)
  if (first.status !== 401) return answered(first)
  await told(api.GET('/api/notices', { params: { query: { limit: 1 } } }))
  return answered(await attempt(file, name, progress, signal))
}

interface Answer {
  status: number
  body: unknown
}

function answered({ status, body }: Answer): UploadShown {
  if (status < 200 || status > 299) throw problemOf(status, body)
  return body as UploadShown
}

function attempt(
  file: Blob,
  name: string,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', UPLOADS)
    request.responseType = 'text'
    for (const [header, value] of Object.entries(csrfHeader()))
      request.setRequestHeader(header, value)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total)
    }
    request.onload = () => resolve({ status: request.status, body: json(request.responseText) })
    request.onerror = () => reject(offline())
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    const form = new FormData()
    form.append('file', file, name)
    request.send(form)
  })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export const uploadOf = (id: string): Promise<UploadShown> =>
  toldBy<UploadShown>(new Request(at(id)))

export async function dropUpload(id: string): Promise<void> {
  // What is not there any more needs no dropping, and what stays goes by itself after a while.
  await send(new Request(at(id), { method: 'DELETE' })).catch(() => null)
}

/** Hand a draft in. The same key again is answered with the same claim. */
export function handIn(form: FormData, once: string): Promise<Shape<'ClaimShown'>> {
  const address = `${window.location.origin}/api/claims`
  const headers = { 'Idempotency-Key': once }
  return toldBy(new Request(address, { method: 'POST', body: form, headers }))
}
