/** Puts one file on the shelf, telling how much is on its way; the browser's `fetch` cannot. */
import { csrfHeader, onceKey } from '@/api/client'
import { offline, problemOf } from '@/api/problem'
import { ADD_PATH, toldProgress, type AddedShown } from '../api'
import type { Upload } from './uploads'

/**
 * Sends it. After a 401 a question that asks for a new sign-in comes first, then it is sent again.
 * Rejects with a `Problem`.
 */
export async function sendFile(
  upload: Pick<Upload, 'file' | 'path' | 'folder'>,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<AddedShown> {
  const form = (): FormData => {
    const fields = new FormData()
    fields.append('folder', upload.folder)
    fields.append('path', upload.path)
    fields.append('file', upload.file, upload.file.name)
    return fields
  }
  return posted(ADD_PATH, form, progress, signal)
}

/** Sends a document's new version. */
export const sendVersion = (
  address: string,
  file: File,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<AddedShown['added'][number]> => {
  const form = (): FormData => {
    const fields = new FormData()
    fields.append('file', file, file.name)
    return fields
  }
  return posted(address, form, progress, signal)
}

async function posted<Data>(
  address: string,
  form: () => FormData,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Data> {
  const once = onceKey()
  const first = await attempt(address, form(), once, progress, signal)
  if (first.status !== 401) return answered(first)
  await toldProgress(signal)
  return answered(await attempt(address, form(), once, progress, signal))
}

interface Answer {
  status: number
  body: unknown
  headers: Headers
}

function answered<Data>({ status, body, headers }: Answer): Data {
  if (status < 200 || status > 299) throw problemOf(status, body, headers)
  return body as Data
}

function attempt(
  address: string,
  form: FormData,
  once: string,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', address)
    request.setRequestHeader('Idempotency-Key', once)
    for (const [header, value] of Object.entries(csrfHeader()))
      request.setRequestHeader(header, value)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total)
    }
    request.onload = () => {
      const wait = request.getResponseHeader('Retry-After')
      const headers = new Headers(wait ? { 'Retry-After': wait } : {})
      resolve({ status: request.status, body: json(request.responseText), headers })
    }
    request.onerror = () => reject(offline())
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
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
