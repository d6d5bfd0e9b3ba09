/** A chosen file as pictures that can be sent. */
import { freshId, type Picture } from '../talk/conversation'
import {
  CLEAR_SIDE_MIN,
  HEAD_BYTES,
  kindOf,
  refusal,
  sentAsIs,
  SENT_SIDE_MAX,
  sizeWithin,
  type Hint,
  type Kind,
} from './limits'

export interface Ready {
  picture: Picture
  file: Blob
  hints: Hint[]
}

/** `refused` tells why there is none; `hint` what became of a whole PDF. */
export interface Prepared {
  ready: Ready[]
  refused: Hint | null
  pages: number
}

const TYPES: Partial<Record<Kind, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
}
const none = (refused: Hint): Prepared => ({ ready: [], refused, pages: 0 })

/** At most `most` pictures of it. Never rejects: what cannot be opened is refused. */
export async function prepared(file: File, most: number): Promise<Prepared> {
  const kind = kindOf(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()))
  const why = refusal(file.size, kind)
  if (why !== null || kind === null) return none(why ?? 'wrong_type')
  if (most <= 0) return none('too_many')
  try {
    if (kind === 'pdf') return await ofPdf(file, most)
    return { ready: [await ofPicture(file, kind)], refused: null, pages: 1 }
  } catch (error) {
    const locked = error instanceof Error && error.name === 'PasswordException'
    return none(locked ? 'encrypted' : 'unreadable')
  }
}

async function ofPdf(file: File, most: number): Promise<Prepared> {
  const { pdfPages } = await import('./pdfPages')
  const { pages, pictures } = await pdfPages(file, most)
  const ready: Ready[] = []
  for (const [at, page] of pictures.entries()) {
    const one = await ofPicture(new File([page], `${file.name} · ${at + 1}`), 'jpeg')
    ready.push({ ...one, hints: one.hints.filter((hint) => hint !== 'shrunk') })
  }
  return { ready, refused: null, pages }
}

async function ofPicture(file: File, kind: Kind): Promise<Ready> {
  const drawn = await createImageBitmap(file)
  try {
    const { width, height } = drawn
    const hints: Hint[] = Math.min(width, height) < CLEAR_SIDE_MIN ? ['small'] : []
    const mark = await markOf(file)
    const about = { id: freshId(), name: file.name || 'picture', mark }
    if (sentAsIs(kind, file.size, width, height)) {
      const type = TYPES[kind] ?? 'image/jpeg'
      const kept = new Blob([file], { type })
      return { picture: { ...about, type, bytes: kept.size, width, height }, file: kept, hints }
    }
    const [toWidth, toHeight] = sizeWithin(width, height, SENT_SIDE_MAX)
    const smaller = await redrawn(drawn, toWidth, toHeight)
    const type = 'image/jpeg'
    return {
      picture: { ...about, type, bytes: smaller.size, width: toWidth, height: toHeight },
      file: smaller,
      hints: smaller.size < file.size ? [...hints, 'shrunk'] : hints,
    }
  } finally {
    drawn.close()
  }
}

async function redrawn(drawn: ImageBitmap, width: number, height: number): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d')
  if (pen === null) throw new Error('no canvas')
  pen.fillStyle = '#ffffff'
  pen.fillRect(0, 0, width, height)
  pen.drawImage(drawn, 0, 0, width, height)
  const blob = await new Promise<Blob | null>((resolve) =>
    canvas.toBlob(resolve, 'image/jpeg', 0.88),
  )
  if (blob === null) throw new Error('no picture')
  return blob
}

/** The same for the same file; only to warn. */
async function markOf(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let hash = 0x811c9dc5
  const step = Math.max(1, Math.floor(bytes.length / 100_000))
  for (let at = 0; at < bytes.length; at += step)
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193) >>> 0
  return `${bytes.length}-${hash.toString(16)}`
}

/** A picture's data URI. */
export async function dataUri(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'))
    reader.readAsDataURL(file)
  })
}
